'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const slider = document.getElementById('step');
const said = document.getElementById('said');
const states = document.getElementById('states');
const picture = document.getElementById('picture');
const drawn = [...picture.querySelectorAll('[data-row]')];
const story = [...document.querySelectorAll('#story button')];
let playing = 0;

// The members' names stay in sight while the picture scrolls.
for (const name of picture.querySelectorAll('.member')) {
  const head = document.createElement('span');
  head.textContent = name.textContent;
  head.style.left = `${name.getAttribute('x')}px`;
  document.getElementById('heads').append(head);
}

function stateAt(row) {
  const now = new Map(data.members.map(m => [m, null]));
  for (const change of data.changes) if (change.row <= row) now.set(change.member, change);
  return now;
}

function logBoxes(change) {
  const log = document.createElement('div');
  log.className = 'log';
  change.log.forEach((entry, i) => {
    const box = document.createElement('span');
    box.className = `t${entry.colour}${entry.committed ? ' committed' : ''}${entry.durable ? '' : ' unsynced'}`;
    box.textContent = entry.content || entry.term;
    box.title = `${entry.term.includes('.') ? 'ballot' : 'term'} ${entry.term}${entry.content ? ', ' + entry.content : ', no-op'}${entry.committed ? ', committed' : ''}${entry.durable ? '' : ', not durable'}`;
    log.append(box);
  });
  return log;
}

function show(row) {
  slider.value = row;
  for (const element of drawn) {
    element.classList.toggle('later', Number(element.dataset.row) > row);
    element.classList.toggle('now', element.dataset.end !== undefined && Number(element.dataset.end) === row);
  }
  states.replaceChildren(...[...stateAt(row)].filter(([, change]) => change).map(([member, change]) => {
    const box = document.createElement('div');
    const name = document.createElement('b');
    name.textContent = member;
    const what = document.createElement('small');
    what.textContent = change.state;
    box.append(name, what, logBoxes(change));
    return box;
  }));
  let current = null;
  for (const button of story) if (Number(button.dataset.row) <= row && !button.classList.contains('must')) current = button;
  for (const button of story) {
    button.classList.toggle('now', button === current);
    if (button === current) button.setAttribute('aria-current', 'step'); else button.removeAttribute('aria-current');
  }
  said.textContent = `${row} of ${slider.max}`;
  if (current) current.scrollIntoView({ block: 'center' });
  const y = data.top + row * data.rowHeight;
  if (y < picture.scrollTop + 80 || y > picture.scrollTop + picture.clientHeight - 80) picture.scrollTop = y - picture.clientHeight / 2;
}

function step(by) {
  show(Math.max(0, Math.min(Number(slider.max), Number(slider.value) + by)));
}

function play() {
  const button = document.getElementById('play');
  if (playing) { clearInterval(playing); playing = 0; } else {
    if (slider.value === slider.max) show(0);
    playing = setInterval(() => { step(1); if (slider.value === slider.max) play(); }, 900);
  }
  button.textContent = playing ? 'Pause' : 'Play';
}

slider.addEventListener('input', () => show(Number(slider.value)));
document.getElementById('play').addEventListener('click', play);
document.getElementById('back').addEventListener('click', () => step(-1));
document.getElementById('next').addEventListener('click', () => step(1));
document.getElementById('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
});
for (const button of story) button.addEventListener('click', () => show(Number(button.dataset.row)));
document.addEventListener('keydown', event => {
  if (event.target === slider || event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = { ArrowRight: 1, ArrowDown: 1, j: 1, ArrowLeft: -1, ArrowUp: -1, k: -1 };
  if (keys[event.key]) { step(keys[event.key]); event.preventDefault(); }
  else if (event.key === 'Home') { show(0); event.preventDefault(); }
  else if (event.key === 'End') { show(Number(slider.max)); event.preventDefault(); }
  else if (event.key === ' ' && event.target.tagName !== 'BUTTON') { play(); event.preventDefault(); }
});
show(location.hash ? Number(location.hash.slice(1)) : data.first);
