#!/usr/bin/env python3
"""Runs what README.md and docs/*.md show, compares what is printed, and checks that every option named there exists.
SPDX-License-Identifier: MIT

In the documents, a comment stands before a fenced block:
    <!-- run -->                  lines "$ COMMAND" are run, one shell a block, all blocks of a document in one folder, which
                                  holds `examples` and `tests`; what follows is what is printed. "..." stands for any lines, and
                                  within a line for any text.
    <!-- run needs MODEL -->      the same where that model is installed
    <!-- run needs command X [MODEL] -->  the same where that program is there (and that model)
    <!-- from FILE -->            the block stands in FILE, to the letter
    <!-- file NAME -->            the block is written to NAME in the folder
"""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.path.abspath(os.environ.get("top_builddir") or os.path.join(TOP, "build"))
BLOCK = re.compile(r"<!-- (run|from|file)([^>]*) -->\n```[^\n]*\n(.*?)```\n", re.S)
CALL = re.compile(r"(?:^|[\s`(])pleat ([a-z]+)((?: [^\n`|;)]*)?)")


def pattern(text):
    """The expected output as a regular expression."""
    lines = ["(?:.*\n)*" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") + "\n" for line in text.splitlines()]
    return re.compile("".join(lines) + r"\Z")


def steps(block):
    """Pairs (command, expected output); a command goes on after a backslash."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], ""])
        elif found and found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        else:
            found[-1][1] += line + "\n"
    return found


def here(needs, environment):
    words = needs.split()
    if words[1:2] in (["command"], ["file"]):
        if words[1] == "command" and os.environ.get("SANITIZE_FLAGS", "").strip():  # no other program can load such a library
            return False
        found = shutil.which(words[2]) is not None if words[1] == "command" else os.path.exists(words[2])
        return found and (not words[3:] or here(" ".join(["needs"] + words[3:]), environment))
    if words[:1] == ["needs"]:
        told = subprocess.run(["pleat", "models", "info", words[1], "--json"], env=environment, capture_output=True, text=True, check=True)
        return json.loads(told.stdout)["installed"]
    return True


def run_block(block, folder, environment):
    """Complaints about one block that is run."""
    bad = []
    for command, wanted in steps(block):
        got = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=300, check=False).stdout
        if not pattern(wanted).match(got):
            bad.append(f"$ {command}\nprints\n{got}but the document shows\n{wanted}")
    return bad


def check_options(text, environment, known):
    """Complaints about verbs and options that there are not."""
    bad = []
    for verb, rest in CALL.findall(text):
        if verb not in known:
            told = subprocess.run(["pleat", verb, "--help"], env=environment, capture_output=True, text=True, check=False)
            known[verb] = set(re.findall(r"^  --([A-Za-z-]+)", told.stdout, re.M)) if told.returncode == 0 else None
        if known[verb] is None:
            bad.append(f"there is no verb '{verb}'")
            continue
        for option in re.findall(r" --([A-Za-z][A-Za-z_-]*)", rest.split("#")[0]):
            if option.replace("_", "-") not in known[verb]:
                bad.append(f"pleat {verb} has no option --{option}")
    return bad


def code_of(text):
    """All that is set as code, but for what is run."""
    text = BLOCK.sub("", text)
    fenced = "\n".join(re.findall(r"```[^\n]*\n(.*?)```", text, re.S))
    indented = "\n".join(re.findall(r"^ {4}.*$", text, re.M))
    return "\n".join([fenced.replace("\\\n", " "), indented, "\n".join(re.findall(r"`([^`\n]+)`", text))])


def check(path, environment, known, counts):
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    bad = check_options(code_of(text), environment, known)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("examples", "tests", "include"):
            os.symlink(os.path.join(TOP, name), os.path.join(folder, name))
        for kind, rest, block in BLOCK.findall(text):
            if kind == "from":
                with open(os.path.join(TOP, rest.strip()), encoding="utf-8") as stream:
                    bad += [] if block in stream.read() else [f"{rest.strip()} does not hold this:\n{block}"]
            elif kind == "file":
                with open(os.path.join(folder, rest.strip()), "w", encoding="utf-8") as stream:
                    stream.write(block)
            elif not here(rest, environment):
                counts["left out"] += 1
                continue
            else:
                bad += run_block(block, folder, environment)
            counts["done"] += 1
    for complaint in bad:
        print(f"{os.path.relpath(path, TOP)}: {complaint}")
    return len(bad)


def main():
    environment = dict(os.environ, PATH=BUILD + os.pathsep + os.environ["PATH"], PLEAT_BUILD=BUILD, LC_ALL="C")
    for name in ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "NO_COLOR"):
        environment.pop(name, None)
    counts, known, bad = {"done": 0, "left out": 0}, {}, 0
    os.environ["PATH"] = environment["PATH"]
    documents = sys.argv[1:] or [os.path.join(TOP, "README.md")] + sorted(glob.glob(os.path.join(TOP, "docs/*.md")))
    for path in documents:
        bad += check(path, environment, known, counts)
    print(f"docs.py: {len(documents)} documents, {counts['done']} blocks, {counts['left out']} left out, {bad} complaints")
    return 1 if bad or not counts["done"] else 0


if __name__ == "__main__":
    sys.exit(main())
