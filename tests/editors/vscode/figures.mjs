#!/usr/bin/env node
// How long it takes from a key to its ghost text in Visual Studio Code, with the real server and the default
// model: median and 95th percentile of 50 keys that need an answer of the model, as a JSON object. A file of
// this repository is typed into, at several places, a key at a time, each once ghost text for the one before
// is there, or has not come. So that many keys count, nothing is held back that the model is unsure of. With a
// folder, the workbench is drawn into it, in light and dark.
//
//   figures.mjs [FOLDER]

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { modelPath, repository } from './code_server.mjs';
import { settings, vsix } from './fixture.mjs';
import { sleep } from './patience.mjs';
import { Workbench } from './workbench.mjs';

const wanted = 50;
const keysOfALine = 16;
const mostPlaces = 40;

/** Milliseconds without a request, or behind its answer, after which no ghost text will come for a key. */
const settled = 250;

/** What Visual Studio Code waits behind a key before it asks, whatever the provider says. */
const debounce = 50;

const text = `"""What a shop has sold."""

from dataclasses import dataclass


@dataclass
class Sale:
    item: str
    price: float
    count: int = 1


def total(sales):
    """What all sales come to."""
    return sum(sale.price * sale.count for sale in sales)


`;

const line = 'def mean_price(sales):\n    """The mean price of what was sold."""\n    return ';

/** Lines of code, each with all that stands before it, spread over the file. */
function linesToType() {
  const source = readFileSync(path.join(repository, 'scripts/language_client.py'), 'utf8').split('\n');
  const places = source.map((one, number) => ({ before: source.slice(0, number).join('\n') + '\n', line: one }))
    .filter((place) => place.line.trim().split(/\s+/).length > 3 && !/^\s*[#"]/.test(place.line));
  const step = 7;  // Has no factor in common with most counts, so that few steps see all of the file.
  return places.map((_, number) => places[(number * step) % places.length]);
}

const folder = process.argv[2];
const editor = await Workbench.start({
  vsix,
  viewport: { width: 900, height: 480 },
  settings: {
    ...settings,
    'nextline.server.model': modelPath('qwen2.5-coder-0.5b-instruct-q4_k_m'),
    'window.autoDetectColorScheme': false,
    'workbench.colorTheme': 'Default Light Modern',
    'workbench.activityBar.location': 'hidden',
    'editor.fontSize': 15,
  },
});

// What is drawn of a suggestion on the cursor's line.
await editor.page.evaluate(() => {
  window.ghostText = () => [...document.querySelectorAll('.ghost-text-decoration')]
    .map((one) => one.textContent).join('').replaceAll('\u00a0', ' ');
});

/** Whether the server has been asked since so many messages were passed, and owes no answer. */
function isAnswered(since) {
  const passed = editor.messages().slice(since);
  const asked = passed.filter(({ from, message }) => from === 'editor' && message.method === 'textDocument/inlineCompletion');
  const owed = asked.filter(({ message }) => !passed.some((one) => one.from === 'server' && one.message.id === message.id));
  return owed.length === 0;
}

/** Types a key, and waits until ghost text is drawn that was not before; undefined if none comes. */
async function keyToGhostText(key) {
  const since = editor.messages().length;
  // First the look-out, so that the key finds it there.
  await editor.page.evaluate(() => {
    const before = window.ghostText();
    window.isSettled = false;
    window.keyToGhostText = new Promise((resolve) => {
      const watch = () => {
        const pressed = performance.now();
        const look = () => {
          const now = window.ghostText();
          if (now !== '' && now !== before) resolve(performance.now() - pressed);
          else if (window.isSettled) resolve(undefined);
          else requestAnimationFrame(look);
        };
        look();
      };
      window.addEventListener('keydown', watch, { once: true, capture: true });
    });
  });
  await editor.press(key === ' ' ? 'Space' : key);
  const took = editor.page.evaluate(() => window.keyToGhostText);
  for (let quiet = 0; quiet < settled; quiet = isAnswered(since) ? quiet + 25 : 0) await sleep(25);
  await editor.page.evaluate(() => { window.isSettled = true; });
  return took;
}

/** Types a line key by key; gives what each key that does not go along with what is drawn took. */
async function typeLine({ before, line }, number) {
  const start = line.length - line.trimStart().length + 3;
  await editor.open(`place${number}.py`, before);
  await editor.type(line.slice(0, start));
  await sleep(500);
  const times = [];
  for (const key of line.slice(start, start + keysOfALine)) {
    const ghost = await editor.page.evaluate(() => window.ghostText());
    const took = await keyToGhostText(key);
    if (!ghost.startsWith(key)) times.push(took);
  }
  return times;
}

function summary(milliseconds) {
  const sorted = milliseconds.toSorted((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { keys: sorted.length, median_ms: at(0.5), p95_ms: at(0.95) };
}

try {
  await editor.open('shop.py', text);
  await editor.waitForStatus('Ready');
  await editor.run('View: Toggle Primary Side Bar Visibility');
  await editor.press('Control+1');
  await editor.type(line);
  await editor.waitForGhostText();
  if (folder !== undefined) {
    for (const [name, theme] of [['light', 'Light Modern'], ['dark', 'Dark Modern']]) {
      editor.server.configure({ 'workbench.colorTheme': `Default ${theme}` });
      await sleep(1500);
      await editor.page.screenshot({ path: path.join(folder, `vscode-${name}.png`) });
    }
  }
  const asked = [];
  for (const [number, place] of linesToType().slice(0, mostPlaces).entries()) {
    asked.push(...await typeLine(place, number));
    if (asked.filter(Number.isFinite).length >= wanted) break;
  }
  const answered = asked.filter(Number.isFinite).slice(0, wanted);
  const withoutGhostText = asked.length - asked.filter(Number.isFinite).length;
  console.log(JSON.stringify({ ...summary(answered), without_ghost_text: withoutGhostText, of_which_debounce_ms: debounce }));
} finally {
  await editor.stop();
}
