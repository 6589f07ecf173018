#!/usr/bin/env python3
"""Opens pages of `pleat report` in headless Chromium: they draw, a click selects, nothing is said on the console.
SPDX-License-Identifier: MIT

report_browser.py PLEAT FOLDER      FOLDER receives the pages, their screenshots (PNG) and what the probe found
"""
import html
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ["--headless", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
         "--hide-scrollbars", "--virtual-time-budget=60000"]

# Put before everything: keeps what the console and the page complain of.
LISTEN = """<script>window.said = [];
for (const level of ['log', 'info', 'warn', 'error']) console[level] = (...all) => said.push(level + ': ' + all.join(' '));
addEventListener('error', (event) => said.push('error: ' + event.message));
addEventListener('unhandledrejection', (event) => said.push('rejected: ' + event.reason));
window.alert = (text) => said.push('alert: ' + text);</script>"""
# Put between the viewer and our script: gets hold of the viewer.
CATCH = """<script>{ const real = window.$3Dmol;
window.$3Dmol = Object.create(real, { createViewer: { value: (...all) => (window.theViewer = real.createViewer(...all)) } }); }</script>"""
# Put at the end: looks, clicks, and leaves what it found in an element.
PROBE = """<script>(async () => {
const found = {}, $ = (q) => document.querySelector(q), root = document.documentElement;
const until = async (what) => { for (let i = 0; i < 400 && !what(); i++) await new Promise((r) => setTimeout(r, 25)); return Boolean(what()); };
const mouse = (target, kind, x, y) => target.dispatchEvent(new MouseEvent(kind, { bubbles: true, clientX: x, clientY: y, pageX: x, pageY: y, view: window, buttons: 1 }));
const finger = (target, kind, x, y) => target.dispatchEvent(new PointerEvent(kind, { bubbles: true, clientX: x, clientY: y, pointerId: 1 }));
async function share() { // of the view's pixels that differ from its corner
  const image = new Image();
  theViewer.render();
  image.src = theViewer.pngURI();
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height }), context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  let other = 0, blue = 0;
  for (let p = 0; p < pixels.length; p += 4) {
    if (Math.abs(pixels[p] - pixels[0]) + Math.abs(pixels[p + 1] - pixels[1]) + Math.abs(pixels[p + 2] - pixels[2]) > 40) other++;
    if (pixels[p + 2] > 100 && pixels[p] < 60 && pixels[p + 1] < 120) blue++;
  }
  return [other / (pixels.length / 4), blue / (pixels.length / 4)];
}
try {
  found.shown = await until(() => root.dataset.shown);
  found.rows = document.querySelectorAll('#jobs tbody tr').length;
  found.letters = document.querySelectorAll('#letters span').length;
  found.lines = document.querySelectorAll('.plot path').length;
  [found.drawn, found.blue] = await share();
  const canvas = $('#viewer canvas'), area = canvas.getBoundingClientRect();
  for (let i = 0; i < 900 && !$('#picked').textContent; i++) { // somewhere there is an atom
    const x = area.left + area.width * (0.3 + 0.4 * (i % 30) / 30), y = area.top + area.height * (0.1 + 0.8 * Math.floor(i / 30) / 30);
    mouse(canvas, 'mousedown', x, y);
    mouse(canvas, 'mouseup', x, y);
  }
  found.clicked = $('#picked').textContent;
  found.marked = document.querySelectorAll('#letters span.picked').length;
  document.querySelectorAll('#letters span')[80].click();
  found.letter = $('#picked').textContent;
  const plot = $('#confidence svg'), box = plot.getBoundingClientRect();
  plot.setPointerCapture = () => {};
  finger(plot, 'pointermove', box.left + box.width / 2, box.top + 50);
  found.hovered = $('#picked').textContent;
  finger(plot, 'pointerdown', box.left + box.width / 2, box.top + 50);
  finger(plot, 'pointerup', box.left + box.width / 2 + box.width / 8, box.top + 50);
  found.dragged = document.querySelectorAll('#letters span.picked').length;
  if (!$('#errors').hidden) {
    const square = $('#errors canvas'), edge = square.getBoundingClientRect();
    square.setPointerCapture = () => {};
    const middle = [edge.left + edge.width * 0.8, edge.top + edge.height * 0.2];
    finger(square, 'pointermove', ...middle);
    found.error = $('#picked').textContent;
    finger(square, 'pointerdown', ...middle);
    finger(square, 'pointerup', middle[0] + edge.width / 10, middle[1] + edge.height / 10);
    found.square = document.querySelectorAll('#letters span.picked').length;
  }
  const search = $('#search'), began = performance.now();
  search.value = 'backbone';
  search.dispatchEvent(new Event('input'));
  found.matching = document.querySelectorAll('#jobs tbody tr').length;
  $('#jobs tbody tr').click();
  found.switched = await until(() => root.dataset.shown === 'backbone');
  found.designs = document.querySelectorAll('#designs tbody tr').length;
  found.logo = document.querySelectorAll('#logo g').length;
  const open = async (name) => {
    search.value = name;
    search.dispatchEvent(new Event('input'));
    $('#jobs tbody tr').click();
    return until(() => root.dataset.shown === name);
  };
  found.scored = await open('scored');
  found.best = $('#mutations tbody td').textContent;
  const map = $('#mutations canvas'), edges = map.getBoundingClientRect();
  finger(map, 'pointermove', edges.left + edges.width * 4.5 / 30, edges.top + edges.height * 18.5 / 20);
  found.mutation = $('#picked').textContent;
  found.fitted = await open('fitted');
  found.places = document.querySelectorAll('#places tbody tr').length;
  found.slices = await until(() => $('#places img').naturalWidth === 30);
  found.docked = await open('docked');
  found.poses = document.querySelectorAll('#places tbody tr').length;
  search.value = '';
  search.dispatchEvent(new Event('input'));
  const pressed = [...document.querySelectorAll('th button')].find((button) => button.textContent.startsWith('pLDDT'));
  pressed.click();
  found.sorted = $('#jobs tbody tr').textContent;
  found.milliseconds = Math.round(performance.now() - began);
  found.wide = root.scrollWidth - root.clientWidth;
} catch (error) { found.failed = String(error.stack || error); }
found.said = said;
document.body.append(Object.assign(document.createElement('pre'), { id: 'found', textContent: JSON.stringify(found) }));
})();</script>"""


def chromium(folder, page, *flags):
    command = ["chromium", *FLAGS, f"--user-data-dir={folder}/profile", *flags, "file://" + os.path.abspath(page)]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout


def probed(page):
    """A copy of the page with the probe in it."""
    with open(page, encoding="utf-8") as stream:
        text = stream.read()
    ours = text.rindex("<script>\n")
    copy = page.replace(".html", "_probed.html")
    with open(copy, "w", encoding="utf-8") as stream:
        stream.write(text[:text.index("</style>") + 8] + LISTEN + text[text.index("</style>") + 8:ours] + CATCH + text[ours:] + PROBE)
    return copy


def look(folder, page, hash_, *flags):
    dom = chromium(folder, probed(page) + hash_, "--dump-dom", *flags)
    match = re.search(r'<pre id="found">(.*?)</pre>', dom, re.S)
    return json.loads(html.unescape(match.group(1))) if match else {"failed": "the probe did not come to its end"}


def complaints(found, jobs):
    """What is wrong with what the probe found, as sentences."""
    wanted = {
        "the probe failed": not found.get("failed"), "nothing is shown": found.get("shown"),
        "the console said something": found.get("said") == [],
        "the table's rows": found.get("rows") == min(jobs + 4, 200), "the letters": found.get("letters") == 90,
        "the structure is not drawn": 0.005 < found.get("drawn", 0) < 0.9, "no blue of pLDDT": found.get("blue", 0) > 0.0005,
        "a click in the structure selects nothing": re.match(r"[AB] [A-Z]{3} \d+ pLDDT ", found.get("clicked", "")),
        "the clicked residue is not marked": found.get("marked") == 1,
        "a letter's click": found.get("letter", "").startswith("B "), "hovering the plot": found.get("hovered", "").startswith(("A ", "B ")),
        "dragging the plot": 5 < found.get("dragged", 0) < 30, "aligned errors": found.get("error", "").endswith("24.5 Å"),
        "dragging aligned errors": 5 < found.get("square", 0) < 15, "the search": found.get("matching") == 1 and found.get("switched"),
        "the mutations": found.get("scored") and found.get("best") == "A ILE 5 to W" and found.get("mutation") == "A ILE 5 to W: 1.50",
        "the fits": found.get("fitted") and found.get("places") == 2 and found.get("slices"),
        "the poses": found.get("docked") and found.get("poses") == 3,
        "the designs": found.get("designs") == 9 and found.get("logo") == 40, "wider than the screen": found.get("wide", 1) <= 0,
    }
    return [what for what, good in wanted.items() if not good]


def main():
    pleat, folder = sys.argv[1:]
    bad = 0
    views = [("light", ["--window-size=1200,1700"]), ("dark", ["--window-size=1200,1700", "--blink-settings=preferredColorScheme=0"]),
             ("phone", ["--window-size=500,2600"])]
    for jobs, chosen in ((1, ("light", "phone")), (1000, ("light", "dark", "phone"))):
        results = os.path.join(folder, f"jobs{jobs}")
        subprocess.run([sys.executable, os.path.join(HERE, "report_sample.py"), results, str(jobs + 1), "60"], check=True)
        subprocess.run([pleat, "report", results, "--quiet"], check=True)
        page = os.path.join(results, "report.html")
        for view, flags in [both for both in views if both[0] in chosen]:
            found = look(folder, page, "#job_0000", *flags)
            wrong = complaints(found, jobs + 1)
            bad += bool(wrong)
            chromium(folder, page + "#job_0000", f"--screenshot={folder}/{jobs}_{view}.png", *flags)
            print(f"{jobs + 1} jobs, {view}: {os.path.getsize(page) / 2**20:.1f} MiB; a search, another job and a sort took "
                  f"{found.get('milliseconds')} ms; {'ok' if not wrong else 'WRONG: ' + '; '.join(wrong) + ' ' + json.dumps(found)}")
    for name in ("backbone", "scored", "fitted", "docked"):
        chromium(folder, os.path.join(folder, "jobs1/report.html") + "#" + name, f"--screenshot={folder}/{name}.png", "--window-size=1200,1700")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
