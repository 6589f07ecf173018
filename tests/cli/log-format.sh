# What a run says as JSON lines: every line is an object, jobs and messages among them.
# SPDX-License-Identifier: MIT
random_model proteinmpnn_v_48_020
mkdir in
cp "$data/peptide.pdb" in/one.pdb
cp "$data/peptide.pdb" in/two.pdb
printf 'nothing' > in/bad.pdb
"$PLEAT" design in out --model proteinmpnn --seed 1 --log-format json 2> lines; echo "[exit $?]"
python3 -c '
import json
for line in open("lines"):
    event = json.loads(line)
    if event["event"] == "progress":  # how many there are depends on time
        assert 0 <= event["share"] <= 1 and event["stage"] and event["jobs"] == 3
        continue
    text = event.get("text", "").split(": ")[0]
    print(event["event"], text, event.get("done", ""), event.get("jobs", ""), *sorted(set(event) - {"left"}))
'
"$PLEAT" design in out2 --model proteinmpnn --seed 1 --log-format json --quiet 2> lines
python3 -c 'import json; print(*(json.loads(line)["event"] for line in open("lines")))'
pleat_run design in out --model proteinmpnn --log-format xml
