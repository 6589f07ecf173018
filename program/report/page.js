// The report's page: a table of jobs; of the one that is looked at, its structure, plots and selection, linked to each other.
// SPDX-License-Identifier: MIT
'use strict';
(() => {
const $ = (query) => document.querySelector(query);
const data = JSON.parse($('#data').textContent);
const BATCH = 200;
const state = { job: null, block: null, sort: 'name', down: false, shown: BATCH, picked: [], other: [], design: 0, side: false };

// Makes an element; texts of users come in by textContent alone.
function make(tag, attributes = {}, ...children) {
  const svg = ['svg', 'path', 'rect', 'line', 'text', 'g'].includes(tag);
  const element = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}
const fixed = (value, digits) => typeof value === 'number' ? value.toFixed(digits) : '';

// A block is JSON, deflated, in base64: unpacked when it is looked at.
async function unpack(number) {
  if (number < 0) return {};
  const bytes = Uint8Array.from(atob($('#block-' + number).textContent), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).json();
}

/* ---- Colours ---- */

// AlphaFold DB's bands of pLDDT.
const bands = [[90, '#0053D6', 'very high (over 90)'], [70, '#65CBF3', 'high (70 to 90)'], [50, '#FFDB13', 'low (50 to 70)'],
  [-Infinity, '#FF7D45', 'very low (under 50)']];
const bandOf = (value) => value === null || value === undefined ? '#9aa8b5' : bands.find((band) => value >= band[0])[1];
// Probabilities of designed letters, 0 to 1, on a scale that is not taken for pLDDT's.
const ends = [[200, 75, 20], [30, 150, 105]];
const shade = (share) => {
  const t = Math.max(0, Math.min(1, share || 0));
  return '#' + ends[0].map((from, k) => Math.round(from + t * (ends[1][k] - from)).toString(16).padStart(2, '0')).join('');
};
const chainColours = ['#7b8fa3', '#d98c3f', '#4f9d69', '#a06bb5', '#c2606d', '#4aa3b8'];
const chemistry = { G: '#2e8b57', S: '#2e8b57', T: '#2e8b57', Y: '#2e8b57', C: '#b8860b', N: '#8a4fbf', Q: '#8a4fbf', K: '#2563c9', R: '#2563c9',
  H: '#2563c9', D: '#d0342c', E: '#d0342c' };
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* ---- The table of jobs ---- */

const columns = [['name', 'Job', (v) => v], ['residues', 'Residues', (v) => v ?? ''], ['chains', 'Chains', (v) => v ?? ''], ['mean_plddt', 'pLDDT', (v) => fixed(v, 1)],
  ['ptm', 'pTM', (v) => fixed(v, 3)], ['iptm', 'ipTM', (v) => fixed(v, 3)], ['designs', 'Designs', (v) => v ?? ''],
  ['best_score', 'Best score', (v) => fixed(v, 3)], ['confidence', 'Confidence', (v) => fixed(v, 2)], ['recovery', 'Recovery', (v) => fixed(v, 3)],
  ['seconds', 'Seconds', (v) => fixed(v, 2)], ['status', 'Status', (v) => v], ['kind', 'Kind', (v) => v], ['model', 'Model', (v) => v || '']];
for (const job of data.jobs)
  job.status = job.sane === false ? 'failed its check' : job.warnings ? 'warned' : 'ok';
const differ = (key) => new Set(data.jobs.map((job) => job[key])).size > 1;
const shownColumns = columns.filter(([key]) => key === 'name' || (['kind', 'model'].includes(key) ? differ(key) :
  data.jobs.some((job) => job[key] !== undefined)));

function matching() {
  const words = $('#search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = data.jobs.filter((job) => {
    const text = [job.name, job.kind, job.model, job.status].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const key = state.sort, sign = state.down ? -1 : 1;
  const order = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b :
    String(a).localeCompare(String(b), 'en', { numeric: true });
  return found.sort((a, b) => a[key] === undefined ? 1 : b[key] === undefined ? -1 : sign * order(a[key], b[key]));
}

function drawTable() {
  const rows = matching();
  $('#jobs thead').replaceChildren(make('tr', {}, ...shownColumns.map(([key, title]) => make('th',
    { 'aria-sort': state.sort === key ? (state.down ? 'descending' : 'ascending') : 'none' },
    make('button', { type: 'button', onclick: () => sortBy(key) }, title + (state.sort === key ? (state.down ? ' ▾' : ' ▴') : ''))))));
  $('#jobs tbody').replaceChildren(...rows.slice(0, state.shown).map((job) => make('tr',
    { tabindex: 0, 'aria-selected': job === state.job, onclick: () => show(job), onkeydown: (e) => { if (e.key === 'Enter') show(job); } },
    ...shownColumns.map(([key, , print]) => make('td', {}, String(print(job[key])))))));
  $('#more').hidden = rows.length <= state.shown;
  $('#more').textContent = `show more (${rows.length - state.shown})`;
  $('#totals').textContent = rows.length === data.jobs.length ? `${rows.length} job${rows.length === 1 ? '' : 's'}` : `${rows.length} of ${data.jobs.length} jobs`;
}
function sortBy(key) {
  state.down = state.sort === key && !state.down;
  state.sort = key;
  drawTable();
}

/* ---- Residues of the block that is looked at ---- */

function undo(list) { let sum = 0; return list.map((step) => (sum += step)); }

// One entry a residue: chain, number, name, letter, confidence, atoms from..to.
const letters = { ALA: 'A', ARG: 'R', ASN: 'N', ASP: 'D', CYS: 'C', GLN: 'Q', GLU: 'E', GLY: 'G', HIS: 'H', ILE: 'I', LEU: 'L', LYS: 'K', MET: 'M',
  PHE: 'F', PRO: 'P', SER: 'S', THR: 'T', TRP: 'W', TYR: 'Y', VAL: 'V' };
function residuesOf(structure) {
  let from = 0;
  return structure.name.map((name, i) => {
    const to = from + structure.count[i];
    const residue = { chain: structure.chain[i], number: structure.number[i], name, letter: letters[name] || 'X', hetero: structure.hetero[i],
      confidence: structure.confidence[i], from, to };
    from = to;
    return residue;
  });
}

// Text of a PDB file with numbers of our own: serials count atoms, so that any atom leads back to its residue.
function pdbOf(structure, residues) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const [x, y, z] = [undo(structure.x), undo(structure.y), undo(structure.z)], chains = [...new Set(structure.chain)], lines = [];
  const few = structure.atom.length < 99999;
  let number = 0, before = null;
  residues.forEach((residue) => {
    const step = before && before.chain === residue.chain ? parseInt(residue.number, 10) - parseInt(before.number, 10) : 1;
    number = before && before.chain === residue.chain ? number + Math.max(1, Math.min(step, 50)) : 1;
    before = residue;
    for (let a = residue.from; a < residue.to; a++) {
      const name = structure.atom[a], element = structure.element[a];
      if (!few && name !== 'CA') continue;
      const place = (value) => (value / 100).toFixed(3).padStart(8);
      lines.push((residue.hetero ? 'HETATM' : 'ATOM  ') + String((a + 1) % 100000).padStart(5) + ' ' +
        (element.length > 1 || name.length > 3 ? name.padEnd(4) : (' ' + name).padEnd(4)) + ' ' + residue.name.padStart(3).slice(-3) + ' ' +
        alphabet[chains.indexOf(residue.chain) % alphabet.length] + String(number % 10000).padStart(4) + '    ' + place(x[a]) + place(y[a]) +
        place(z[a]) + '  1.00' + (residue.confidence ?? 0).toFixed(2).padStart(6) + '          ' + element.padStart(2));
    }
  });
  return lines.join('\n') + '\nEND\n';
}

/* ---- The view in three dimensions ---- */

let viewer = null, residueOfAtom = [], hoverShape = null;
function openViewer() {
  if (viewer !== null) return viewer;
  try {
    viewer = $3Dmol.createViewer($('#viewer'), { backgroundColor: css('--paper'), antialias: true });
  } catch (error) {
    viewer = false;
  }
  if (!viewer) {
    viewer = false;
    $('#viewer').textContent = 'This browser has no WebGL, which the view in three dimensions needs.';
  }
  return viewer;
}

function colourOf(index) {
  if (state.picked.includes(index)) return css('--mark');
  if (state.other.includes(index)) return css('--mark2');
  const value = confidences()[index];
  if (state.job.kind === 'dock') return chainColours[state.chains.indexOf(state.residues[index].chain) % chainColours.length];
  return state.job.kind === 'predict' ? bandOf(value) : state.job.kind === 'design' ? shade(value) : '#7b8fa3';
}

function drawStructure(fresh) {
  const structure = state.block.structure, view = structure && openViewer();
  $('#structure').hidden = !structure;
  if (!view) return;
  if (fresh) {
    view.clear();
    residueOfAtom = [];
    state.residues.forEach((residue, i) => { for (let a = residue.from; a < residue.to; a++) residueOfAtom[a + 1] = i; });
    view.addModel(pdbOf(structure, state.residues), 'pdb');
    view.setHoverable({}, true, (atom) => point(residueOfAtom[atom.serial]), () => point(-1));
    view.setClickable({}, true, (atom) => pick([residueOfAtom[atom.serial]]));
  }
  const paint = state.residues.map((residue, i) => colourOf(i));
  const colorfunc = (atom) => paint[residueOfAtom[atom.serial]];
  view.setStyle({}, { cartoon: { colorfunc, thickness: 0.4, arrows: true } });
  view.setStyle({ hetflag: true }, { stick: { radius: 0.15 }, sphere: { scale: 0.25 } });
  if (state.side) view.addStyle({ hetflag: false }, { stick: { radius: 0.12, colorfunc } });
  const chosen = state.picked.concat(state.other);
  if (chosen.length && chosen.length <= 60) {
    const serials = chosen.flatMap((i) => Array.from({ length: state.residues[i].to - state.residues[i].from }, (_, k) => state.residues[i].from + k + 1));
    view.addStyle({ serial: serials }, { stick: { radius: 0.18, colorfunc } });
  }
  view.resize();
  if (fresh) turn(view);
  view.render();
}

// Turns the longest axis of the atoms across the screen: power iteration on their moments.
function turn(view) {
  const { places } = state, mean = ['x', 'y', 'z'].map((d) => places.reduce((sum, p) => sum + p[d], 0) / places.length);
  const m = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
  for (const p of places) {
    const v = [p.x - mean[0], p.y - mean[1], p.z - mean[2]];
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) m[i][j] += v[i] * v[j];
  }
  let axis = [0.6, 0.5, 0.62];
  for (let k = 0; k < 60; k++) {
    const next = m.map((row) => row[0] * axis[0] + row[1] * axis[1] + row[2] * axis[2]), size = Math.hypot(...next) || 1;
    axis = next.map((value) => value / size);
  }
  const q = [0, axis[2], -axis[1], 1 + axis[0]], size = Math.hypot(...q); // half way from the axis to x
  view.zoomTo();
  const now = view.getView();
  if (size > 1e-3) view.setView([now[0], now[1], now[2], now[3], ...q.map((value) => value / size)]);
  view.zoomTo();
}

// The residue under the pointer, wherever it points: a ball in the structure, a line in the plots, its name in words.
function point(index) {
  if (viewer && hoverShape) viewer.removeShape(hoverShape);
  hoverShape = null;
  const residue = state.residues && state.residues[index];
  for (const line of document.querySelectorAll('.cursor')) line.setAttribute('visibility', residue ? 'visible' : 'hidden');
  if (!residue) return tell();
  for (const line of document.querySelectorAll('.cursor')) {
    const at = Number(line.dataset.left) + (index + 0.5) * Number(line.dataset.step);
    line.setAttribute('x1', at);
    line.setAttribute('x2', at);
  }
  if (viewer && state.block.structure) {
    const middle = state.block.structure.atom.indexOf('CA', residue.from), a = middle >= 0 && middle < residue.to ? middle : residue.from;
    hoverShape = viewer.addSphere({ center: state.places[a], radius: 1.6, color: css('--mark'), opacity: 0.6 });
    viewer.render();
  }
  tell(index);
}

const labelOf = (index) => {
  const residue = state.residues[index], value = confidences()[index];
  const what = state.job.kind === 'predict' ? ' pLDDT ' : state.job.kind === 'design' ? ' probability ' : null;
  return `${residue.chain} ${residue.name} ${residue.number}` +
    (what && value !== null && value !== undefined ? what + value.toFixed(state.job.kind === 'predict' ? 1 : 2) : '');
};
function tell(index) {
  const { picked } = state;
  $('#picked').textContent = index !== undefined ? labelOf(index) : picked.length === 1 ? labelOf(picked[0]) :
    picked.length ? `${labelOf(picked[0])} to ${labelOf(picked[picked.length - 1])}` : '';
}

// What is selected: in the structure, in the letters, in words; nothing undoes it.
function pick(indices, other = []) {
  const same = indices.length === 1 && state.picked.length === 1 && state.picked[0] === indices[0];
  state.picked = same ? [] : indices.filter((i) => i !== undefined);
  state.other = same ? [] : other;
  drawStructure(false);
  document.querySelectorAll('#letters span').forEach((span) => span.classList.toggle('picked', state.picked.includes(Number(span.dataset.index))));
  for (const band of document.querySelectorAll('.band')) {
    band.setAttribute('visibility', state.picked.length ? 'visible' : 'hidden');
    if (!state.picked.length) continue;
    band.setAttribute('x', Number(band.dataset.left) + state.picked[0] * Number(band.dataset.step));
    band.setAttribute('width', Math.max(2, state.picked.length * Number(band.dataset.step)));
  }
  tell();
}
const range = (a, b) => Array.from({ length: Math.abs(a - b) + 1 }, (_, k) => Math.min(a, b) + k);

/* ---- Plots along the sequence ---- */

function confidences() {
  const { block } = state;
  if (block.scores && block.scores.plddt) return block.scores.plddt;
  if (block.designs) return (block.designs[state.design] || {}).confidence || [];
  return [];
}

// A line over residues, with hovering and dragging; `colours`: bands behind it.
function plotLine(place, values, top, colours) {
  const W = Math.max(280, place.clientWidth || 800), H = 170, L = 36, R = 8, T = 8, B = 22, step = (W - L - R) / values.length;
  const y = (value) => T + (H - T - B) * (1 - value / top);
  const svg = make('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img' });
  let above = top;
  for (const [least, colour] of colours) {
    svg.append(make('rect', { x: L, y: y(above), width: W - L - R, height: y(Math.max(0, least)) - y(above), fill: colour, opacity: 0.18 }));
    above = Math.max(0, least);
  }
  svg.append(make('rect', { class: 'band', x: 0, y: T, width: 0, height: H - T - B, fill: 'var(--mark)', opacity: 0.25, visibility: 'hidden', 'data-left': L, 'data-step': step }));
  let path = '';
  values.forEach((value, i) => { if (value !== null) path += `${path ? 'L' : 'M'}${(L + (i + 0.5) * step).toFixed(1)},${y(value).toFixed(1)}`; });
  svg.append(make('path', { d: path, fill: 'none', stroke: 'var(--ink)', 'stroke-width': 1.6 }));
  for (let k = 0; k <= 4; k++)
    svg.append(make('text', { x: L - 5, y: y(top * k / 4) + 4, 'text-anchor': 'end' }, String(Math.round(top * k / 4 * 100) / 100)));
  const every = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((n) => values.length / n <= W / 65) || 2000;
  for (let i = every - 1; i < values.length; i += every)
    svg.append(make('text', { x: L + (i + 0.5) * step, y: H - 6, 'text-anchor': 'middle' }, String(i + 1)));
  (state.residues || []).forEach((residue, i) => {
    if (i && !residue.hetero && residue.chain !== state.residues[i - 1].chain && i < values.length)
      svg.append(make('line', { x1: L + i * step, x2: L + i * step, y1: T, y2: H - B, stroke: 'var(--soft)', 'stroke-dasharray': '4 3' }));
  });
  svg.append(make('line', { class: 'cursor', y1: T, y2: H - B, stroke: 'var(--mark)', visibility: 'hidden', 'data-left': L, 'data-step': step }));
  const at = (event) => {
    const box = svg.getBoundingClientRect(), i = Math.floor(((event.clientX - box.left) / box.width * W - L) / step);
    return Math.max(0, Math.min(values.length - 1, i));
  };
  drag(svg, at, (i) => point(i), (a, b) => pick(range(a, b)));
  place.replaceChildren(svg);
}

// Hovering, and dragging from one place to another; a click is a short drag.
function drag(element, at, hover, chosen) {
  let start = null;
  element.addEventListener('pointermove', (event) => hover(at(event), start));
  element.addEventListener('pointerleave', () => { if (start === null) hover(-1, null); });
  element.addEventListener('pointerdown', (event) => { start = at(event); element.setPointerCapture(event.pointerId); });
  element.addEventListener('pointerup', (event) => { if (start !== null) chosen(start, at(event)); start = null; });
  element.addEventListener('pointercancel', () => { start = null; });
}

/* ---- Matrices ---- */

const mix = (from, to, share) => from.map((value, k) => Math.round(value + Math.min(1, share) * (to[k] - value)));

// Rows of numbers as an image, `paint` giving red, green and blue; returns a fresh canvas, without the listeners of the last job.
function drawMatrix(canvas, rows, paint) {
  const fresh = canvas.cloneNode();
  [fresh.height, fresh.width] = [rows.length, rows[0].length];
  const context = fresh.getContext('2d'), image = context.createImageData(fresh.width, fresh.height);
  rows.forEach((row, i) => row.forEach((value, j) => image.data.set([...paint(value), 255], 4 * (i * fresh.width + j))));
  context.putImageData(image, 0, 0);
  canvas.replaceWith(fresh);
  return fresh;
}

// Row and column of the matrix that the pointer is over.
function cellOf(canvas, event) {
  const area = canvas.getBoundingClientRect(), place = (share, n) => Math.max(0, Math.min(n - 1, Math.floor(share * n)));
  return [place((event.clientY - area.top) / area.height, canvas.height), place((event.clientX - area.left) / area.width, canvas.width)];
}

/* ---- Mutations ---- */

function drawMutations() {
  const mutations = state.block.mutations;
  $('#mutations').hidden = !mutations || !mutations.rows.length;
  if ($('#mutations').hidden) return;
  const { letters, rows } = mutations, turned = [...letters].map((_, a) => rows.map((row) => row[a]));
  const most = Math.max(1e-6, ...rows.flat().map((value) => Math.abs(value || 0))), white = [255, 255, 255];
  const canvas = drawMatrix($('#mutations canvas'), turned, (value) => value === null ? [190, 190, 190] :
    mix(white, value > 0 ? [0, 83, 214] : [255, 125, 69], Math.sqrt(Math.abs(value) / most)));
  $('#mutations .letters').replaceChildren(...[...letters].map((letter) => make('div', {}, letter)));
  $('#mutation-scale').replaceChildren((-most).toFixed(1), make('i', { style: 'background: linear-gradient(90deg, #ff7d45, #fff, #0053d6)' }), most.toFixed(1));
  const name = (i, a) => `${labelOf(i)} to ${letters[a]}`;
  drag(canvas, (event) => cellOf(canvas, event), (cell) => {
    if (cell === -1) return point(-1);
    point(cell[1]);
    $('#picked').textContent = name(cell[1], cell[0]) + (turned[cell[0]][cell[1]] === null ? '' : `: ${turned[cell[0]][cell[1]].toFixed(2)}`);
  }, (a, b) => pick(range(a[1], b[1])));
  const best = rows.flatMap((row, i) => row.map((value, a) => [value, i, a])).filter(([value, i, a]) => value !== null && letters[a] !== state.residues[i].letter)
    .sort((a, b) => b[0] - a[0]).slice(0, 20);
  $('#mutations thead').replaceChildren(make('tr', {}, make('th', {}, 'mutation'), make('th', {}, 'change of log-probability')));
  $('#mutations tbody').replaceChildren(...best.map(([value, i, a]) => make('tr', { tabindex: 0, onclick: () => pick([i]) },
    make('td', {}, name(i, a)), make('td', {}, value.toFixed(3)))));
}

/* ---- Places in a map, poses of a ligand ---- */

function drawPlaces() {
  const { fits, poses, slices } = state.block, list = fits ? fits.flatMap((step) => step.places.map((place) => ({ ...step, ...place }))) : poses;
  $('#places').hidden = !list;
  if (!list) return;
  const keys = (fits ? ['part', 'copy', 'rank', 'score', 'z_score', 'confidence', 'share'] :
    ['rank', 'score', 'shape', 'electrostatics', 'desolvation', 'members', 'contacts']);
  const print = (value) => Number.isInteger(value) ? String(value) : fixed(value, 3);
  $('#places h3').textContent = fits ? 'Places in the map' : 'Poses; members: poses that each stands for';
  $('#places thead').replaceChildren(make('tr', {}, ...[...keys, 'x', 'y', 'z'].map((key) => make('th', {}, key.replace('_', '-')))));
  $('#places tbody').replaceChildren(...list.map((place) => make('tr', {},
    ...keys.map((key) => make('td', {}, print(place[key]))), ...place.translation.map((value) => make('td', {}, fixed(value, 1))))));
  $('#places .slices').replaceChildren(...(slices ? [make('img', { alt: 'slices of the map with the best fit',
    src: 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(slices) })] : []));
}

/* ---- Aligned errors ---- */

function drawErrors() {
  const pae = state.block.pae;
  $('#errors').hidden = !pae;
  if (!pae) return;
  const rows = pae.rows.map((row) => undo(row).map((value) => value / pae.per_angstrom)), n = rows.length;
  const most = Math.max(1, ...rows.map((row) => Math.max(...row))), box = $('#errors .box');
  // dark green: sure; white: not, as AlphaFold DB draws them
  const square = drawMatrix($('#errors canvas'), rows, (value) => mix([0, 80, 30], [255, 255, 255], value / most));
  $('#scale').replaceChildren('0', make('i', { style: 'background: linear-gradient(90deg, rgb(0 80 30), #fff)' }), most.toFixed(1) + ' Å');
  box.style.display = 'none';
  const at = (event) => cellOf(square, event);
  const residues = (a, b) => range(Math.min(a, b) * pae.step, Math.min(pae.length - 1, Math.max(a, b) * pae.step + pae.step - 1));
  drag(square, at, (cell, start) => {
    if (cell === -1) return point(-1);
    if (start) frame(start, cell);
    point(cell[1] * pae.step);
    $('#picked').textContent = `${labelOf(cell[0] * pae.step)} and ${labelOf(cell[1] * pae.step)}: ${rows[cell[0]][cell[1]].toFixed(1)} Å`;
  }, (a, b) => { frame(a, b); pick(residues(a[1], b[1]), residues(a[0], b[0])); });
  function frame(a, b) {
    const percent = (v) => (100 * v / n) + '%';
    Object.assign(box.style, { display: 'block', left: percent(Math.min(a[1], b[1])), top: percent(Math.min(a[0], b[0])),
      width: percent(Math.abs(a[1] - b[1]) + 1), height: percent(Math.abs(a[0] - b[0]) + 1) });
  }
}

/* ---- Letters, numbers, coverage, designs ---- */

function drawLetters() {
  const place = $('#letters');
  place.replaceChildren();
  $('#sequence').hidden = !state.residues.length || state.residues.length > 6000;
  if ($('#sequence').hidden) return;
  let chain = null;
  state.residues.forEach((residue, i) => {
    if (residue.hetero) return;
    if (residue.chain !== chain) place.append(make('b', {}, 'chain ' + (chain = residue.chain)));
    const span = make('span', { 'data-index': i, onclick: (event) => pick(event.shiftKey && state.picked.length ? range(state.picked[0], i) : [i]),
      onmouseenter: () => point(i) }, residue.shown || residue.letter);
    span.style.borderBottomColor = colourOf(i);
    place.append(span);
  });
}

function drawNumbers() {
  const { job, block } = state, scores = block.scores || {}, list = [];
  const add = (title, value) => { if (value !== undefined && value !== null && value !== '') list.push(make('div', {}, make('dt', {}, title), make('dd', {}, String(value)))); };
  const table = (rows) => rows.map((row) => Array.isArray(row) ? row.map((v) => fixed(v, 2)).join(' ') : fixed(row, 2)).join(' / ');
  add('model', scores.model || job.model);
  add('seed', scores.seed);
  add('residues', job.residues);
  add('mean pLDDT', fixed(scores.mean_plddt, 1));
  for (const [chain, value] of Object.entries(scores.chain_mean_plddt || {})) add('pLDDT ' + chain, fixed(value, 1));
  add('pTM', fixed(scores.ptm, 3));
  add('ipTM', fixed(scores.iptm, 3));
  add('ranking confidence', fixed(scores.ranking_confidence, 3));
  if (scores.chain_ptm) add('pTM of chains', table(scores.chain_ptm));
  if (scores.chain_pair_iptm) add('ipTM of pairs', table(scores.chain_pair_iptm));
  add('score', fixed(scores.score, 4));
  add('perplexity', fixed(scores.perplexity, 3));
  for (const [key, value] of Object.entries(scores.scores && !Array.isArray(scores.scores) ? scores.scores : {})) add(key, fixed(value, 2));
  add('seconds', fixed(job.seconds, 2));
  add('file', block.file);
  $('#numbers').replaceChildren(...list);
  const said = (scores.warnings || []).concat(scores.sane === false ? [scores.status] : []);
  if (state.number < 0) said.push('The page was large enough: what belongs to this job lies in the files beside it.');
  $('#warnings').hidden = !said.length;
  $('#warnings').textContent = said.join(' ');
}

function drawCoverage() {
  const coverage = state.block.coverage;
  $('#coverage').hidden = !coverage;
  if (!coverage) return;
  $('#coverage p').textContent = `${coverage.rows} rows, ${coverage.unique_rows} that differ` +
    (coverage.neff ? `, Neff ${coverage.neff.toFixed(1)}` : '') + `, mean coverage ${(100 * coverage.coverage).toFixed(0)} %, mean identity ${(100 * coverage.identity).toFixed(0)} %`;
  plotLine($('#coverage .plot'), coverage.residues, Math.max(...coverage.residues, 1), []);
}

// Frequencies of letters at each residue of the designs, as letters as high as their information (Schneider and Stephens 1990).
function drawLogo() {
  const designs = (state.block.designs || []).filter((design) => design.id), native = (state.block.designs || [])[0];
  $('#logo').hidden = !designs.length;
  if (!designs.length) return;
  const clean = (text) => text.replace(/[:/]/g, ''), texts = designs.map((design) => clean(design.sequence)), first = clean(native.sequence);
  const W = 15, H = 110, WRAP = Math.max(20, Math.floor(($('#job').clientWidth || 700) / W) - 1), lines = Math.ceil(first.length / WRAP);
  const svg = make('svg', { width: W * Math.min(WRAP, first.length) + 4, height: lines * (H + 40), role: 'img', 'aria-label': 'sequence logo' });
  for (let i = 0; i < first.length; i++) {
    const counts = {};
    for (const text of texts) if (text[i]) counts[text[i]] = (counts[text[i]] || 0) + 1;
    const shares = Object.entries(counts).map(([letter, count]) => [letter, count / texts.length]).sort((a, b) => a[1] - b[1]);
    const bits = Math.log2(20) + shares.reduce((sum, [, share]) => sum + share * Math.log2(share), 0);
    const x = (i % WRAP) * W, floor = Math.floor(i / WRAP) * (H + 40) + H;
    const group = make('g', { onclick: () => pick([i]), onmouseenter: () => point(i) });
    let y = floor;
    for (const [letter, share] of shares) {
      const height = share * bits / Math.log2(20) * H;
      if (height > 1) group.append(make('text', { transform: `translate(${x + W / 2},${y}) scale(1,${(height / 11).toFixed(3)})`, 'text-anchor': 'middle',
        style: `fill: ${chemistry[letter] || 'var(--ink)'}; font: bold 15px ui-monospace, monospace` }, letter));
      y -= height;
    }
    group.append(make('text', { x: x + W / 2, y: floor + 13, 'text-anchor': 'middle' }, first[i]));
    if ((i + 1) % 10 === 0) group.append(make('text', { x: x + W / 2, y: floor + 26, 'text-anchor': 'middle' }, String(i + 1)));
    svg.append(group);
  }
  $('#logo .plot').replaceChildren(svg);
}

function drawDesigns() {
  const designs = state.block.designs;
  $('#designs').hidden = !designs;
  if (!designs) return;
  const keys = ['id', 'T', 'seed', 'overall_confidence', 'ligand_confidence', 'score', 'global_score', 'seq_rec'].filter((key) => designs.some((design) => design[key] !== undefined));
  $('#designs thead').replaceChildren(make('tr', {}, ...keys.concat('sequence').map((key) => make('th', {}, key))));
  $('#designs tbody').replaceChildren(...designs.map((design, i) => make('tr', { tabindex: 0, 'aria-selected': i === state.design, onclick: () => choose(i) },
    ...keys.map((key) => make('td', {}, key === 'id' && !design.id ? 'native' : design[key] || '')), make('td', {}, design.sequence))));
}
function choose(i) {
  state.design = i;
  applyDesign();
  drawDesigns();
  drawLetters();
  drawStructure(false);
  drawConfidence();
}
function applyDesign() {
  const design = (state.block.designs || [])[state.design];
  if (!design) return;
  const text = design.sequence.replace(/[:/]/g, '');
  state.residues.filter((residue) => !residue.hetero).forEach((residue, i) => { residue.shown = text[i]; });
}

function drawConfidence() {
  const values = confidences(), predicted = state.job.kind === 'predict';
  $('#confidence').hidden = !values.length;
  if (!values.length) return;
  $('#confidence h3').textContent = predicted ? 'pLDDT' : 'Probability of the designed letter';
  plotLine($('#confidence .plot'), values, predicted ? 100 : 1, predicted ? bands : []);
}

function drawLegend() {
  const { kind } = state.job, entry = (colour, text) => make('span', {}, make('i', { style: `background: ${colour}` }), text);
  $('#legend').replaceChildren(...(kind === 'predict' ? ['pLDDT', ...bands.map(([, colour, text]) => entry(colour, text))] :
    kind === 'design' ? [entry(shade(0), 'letter’s probability 0'), entry(shade(0.5), '0.5'), entry(shade(1), '1')] : []));
}

/* ---- One job ---- */

async function show(job, index = 0) {
  const view = job.views[index];
  state.job = job;
  state.number = view ? view.block : -1;
  document.querySelectorAll('#jobs tbody tr').forEach((row) => row.setAttribute('aria-selected', row.firstChild.textContent === job.name));
  const block = await unpack(state.number);
  if (state.job !== job) return; // another one was asked for meanwhile
  Object.assign(state, { block, picked: [], other: [], design: block.designs && block.designs.length > 1 ? 1 : 0 });
  state.residues = block.structure ? residuesOf(block.structure) : residuesOfScores(block);
  state.chains = [...new Set(state.residues.map((residue) => residue.chain))];
  if (block.structure) {
    const [x, y, z] = [undo(block.structure.x), undo(block.structure.y), undo(block.structure.z)];
    state.places = x.map((value, a) => ({ x: value / 100, y: y[a] / 100, z: z[a] / 100 }));
  }
  applyDesign();
  $('#name').textContent = job.name;
  $('#views').replaceChildren(...(job.views.length > 1 ? job.views.map((other, i) => make('button',
    { type: 'button', 'aria-pressed': i === index, onclick: () => show(job, i) }, other.label.replace(/^rank_0*(\d+)_/, '$1: '))) : []));
  drawNumbers();
  drawLegend();
  drawLetters();
  drawConfidence();
  drawErrors();
  drawMutations();
  drawPlaces();
  drawCoverage();
  drawLogo();
  drawDesigns();
  drawStructure(true);
  tell();
  if (history.replaceState) history.replaceState(null, '', '#' + encodeURIComponent(job.name));
  document.documentElement.dataset.shown = job.name;
}

// Where there is no structure, residues come from the sequences that the scores name.
function residuesOfScores(block) {
  const scores = block.scores || {};
  if (Array.isArray(scores.residues))
    return scores.residues.map((r) => ({ chain: r.chain, number: String(r.residue_number) + r.insertion_code, name: r.residue_name, letter: r.letter }));
  return (scores.chains || []).flatMap((chain) => [...chain.sequence].map((letter, i) => ({ chain: chain.id, number: String(i + 1), name: letter, letter })));
}

/* ---- Start ---- */

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  if (viewer) viewer.setBackgroundColor(css('--paper'));
  if (state.block) drawStructure(false);
}
const wish = matchMedia('(prefers-color-scheme: dark)');
setTheme(wish.matches);
wish.addEventListener('change', (event) => setTheme(event.matches));
$('#theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme !== 'dark'));
$('#search').addEventListener('input', () => { state.shown = BATCH; drawTable(); });
$('#more').addEventListener('click', () => { state.shown += BATCH; drawTable(); });
$('#side').addEventListener('click', (event) => {
  state.side = !state.side;
  event.target.setAttribute('aria-pressed', state.side);
  drawStructure(false);
});
$('#spin').addEventListener('click', (event) => {
  const spin = event.target.getAttribute('aria-pressed') !== 'true';
  event.target.setAttribute('aria-pressed', spin);
  if (viewer) viewer.spin(spin ? 'y' : false);
});
$('#reset').addEventListener('click', () => { pick([]); if (viewer) { viewer.zoomTo(); viewer.render(); } });
let waiting = 0;
addEventListener('resize', () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (viewer) { viewer.resize(); viewer.render(); }
    if (state.block) { drawConfidence(); drawCoverage(); drawLogo(); }
  }, 150);
});
$('#folder').textContent = data.folder;
$('#version').textContent = data.version;
$('#config').textContent = JSON.stringify(data.config || {}, null, 2);
$('#citation').textContent = data.citation || '';
document.title = `pleat: ${data.folder}`;
if (data.jobs.length < 2) $('main').classList.add('alone');
drawTable();
const wanted = decodeURIComponent(location.hash.slice(1)), first = data.jobs.find((job) => job.name === wanted) || matching()[0];
if (first) show(first);
else $('#name').textContent = 'There are no results in this folder yet.';
})();
