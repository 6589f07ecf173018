#!/usr/bin/env python3
"""Checks the page that `pleat report` writes, without a browser: well-formed, complete, hostile texts harmless.
SPDX-License-Identifier: MIT
"""
import base64
import html.parser
import json
import os
import subprocess
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import report_sample  # noqa: E402 (lies beside this file)

VOID = {"meta", "input", "br", "img", "link", "hr"}
OPTIONAL = {"html", "head", "body"}


class Page(html.parser.HTMLParser):
    """Elements that are open, scripts by their id (or number), complaints."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.scripts, self.complaints, self.tags = [], {}, [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        attrs = dict(attrs)
        if any(name.startswith("on") for name in attrs):
            self.complaints.append(f"<{tag}> has an event attribute: {attrs}")
        if any(str(value).startswith(("http", "//")) for value in attrs.values()):
            self.complaints.append(f"<{tag}> points to a network: {attrs}")
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.name = attrs.get("id", len(self.scripts))
            self.scripts[self.name] = ""

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.complaints.append(f"</{tag}> at {self.getpos()} closes nothing")

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[self.name] += data


def check(condition, what):
    if not condition:
        sys.exit(f"report_page: {what}")


def block(page, number):
    return json.loads(zlib.decompress(base64.b64decode(page.scripts[f"block-{number}"])))


def undo(steps):
    total, values = 0, []
    for step in steps:
        total += step
        values.append(total)
    return values


def check_prediction(page, job):
    held = block(page, job["views"][0]["block"])
    scores, pae = held["scores"], held["pae"]
    length = len(scores["plddt"])
    check(job["residues"] == length == pae["length"] == sum(not h for h in held["structure"]["hetero"]), "lengths differ")
    check(held["structure"]["confidence"] == [round(v, 2) for v in scores["plddt"]], "pLDDT is not that of the B column")
    first = undo(held["structure"]["x"])[0] / 100
    check(abs(first - 1.55 * 0.8910065) < 0.006, f"the first atom is at {first}")
    row = [value / pae["per_angstrom"] for value in undo(pae["rows"][0])]
    check(all(abs(value - min(30, 0.3 * j)) <= 0.126 for j, value in enumerate(row[:40])), "aligned errors differ")
    check(held["coverage"]["rows"] == 3 and held["coverage"]["residues"][0] == 2, f"coverage: {held['coverage']}")


def check_design(page, job):
    held = block(page, job["views"][0]["block"])
    check(job["designs"] == 8 and abs(job["best_score"] - 1.2) < 1e-6 and abs(job["recovery"] - 0.25) < 1e-6, f"summary: {job}")
    check(len(held["designs"]) == 9 and len(held["designs"][8]["confidence"]) == 40, "a design lacks its probabilities")


def check_score(page, job):
    mutations = block(page, job["views"][0]["block"])["mutations"]
    check(len(mutations["rows"]) == job["residues"] == 30 and all(len(row) == 20 for row in mutations["rows"]), "mutations lack residues")
    own = report_sample.sequence(5, 30)
    check(mutations["rows"][4][mutations["letters"].index("W")] == 1.5 and mutations["rows"][2].count(None) == 19, f"{mutations['rows'][:5]}")
    check(all(row[mutations["letters"].index(c)] == 0 for row, c in zip(mutations["rows"], own)), "a letter's own place is not 0")


def check_fit(page, job):
    held = block(page, job["views"][0]["block"])
    check(len(job["views"]) == 2 and job["confidence"] == 0.97 and job["best_score"] == 0.7, f"fit: {job}")
    check(held["fits"][0]["places"][1]["rank"] == 2 and held["slices"].startswith("<svg") and len(held["structure"]["name"]) == 30, "a fit's block")


def check_dock(page, job):
    held = block(page, job["views"][2]["block"])
    check(len(job["views"]) == 3 and job["best_score"] == -10.5 and held["poses"][1]["contacts"] == 20, f"docking: {job}")
    check(len(held["structure"]["name"]) == 60 and held["file"] == "docked_complex_rank_003.cif", "a pose's block")


def main():
    program = os.environ.get("PLEAT") or os.path.join(os.environ["top_builddir"], "pleat")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, os.path.join(HERE, "report_sample.py"), folder, "5", "60"], check=True)
        subprocess.run([program, "report", folder, "--quiet"], check=True)
        with open(os.path.join(folder, "report.html"), "rb") as stream:
            raw = stream.read()
        subprocess.run([program, "report", folder, "--quiet"], check=True)
        with open(os.path.join(folder, "report.html"), "rb") as stream:
            check(stream.read() == raw, "the page differs from one time to the next")
    page = Page()
    page.feed(raw.decode("utf-8"))
    check(not page.complaints and set(page.open) <= OPTIONAL, f"{page.complaints} {page.open}")
    check("img" not in page.tags and "b" not in page.tags and b"<!--" not in raw.split(b"id=\"data\"")[1].split(b"</script>")[0],
          "a text became an element")
    data = json.loads(page.scripts["data"])
    jobs = {job["name"]: job for job in data["jobs"]}
    check(set(jobs) == {"job_0000", "job_0001", "job_0002", "job_0003", report_sample.HOSTILE, "backbone", "scored", "fitted", "docked"}, f"jobs: {list(jobs)}")
    check(data["config"]["command_line"]["model"] == report_sample.ENDING, "options are not kept to the letter")
    check(report_sample.ENDING in data["citation"] and jobs["job_0000"]["seconds"] == 1.5, "citation or times")
    check(jobs["job_0001"]["sane"] is False and jobs["job_0000"]["ptm"] == 0.812345, "a number is missing in the table")
    check(len(page.scripts) == 12 + 3, f"{len(page.scripts)} scripts")
    check_prediction(page, jobs["job_0000"])
    check_design(page, jobs["backbone"])
    check_score(page, jobs["scored"])
    check_fit(page, jobs["fitted"])
    check_dock(page, jobs["docked"])
    notice = os.path.join(HERE, "../program/report/3Dmol-LICENSE")
    with open(notice, encoding="utf-8") as stream:
        check(stream.read().split("\n")[4].strip().encode() in raw, "the viewer's licence is not shown")
    print(f"report_page: {len(jobs)} jobs, {len(raw)} bytes")


if __name__ == "__main__":
    main()
