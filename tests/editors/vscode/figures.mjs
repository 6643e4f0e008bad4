#!/usr/bin/env node
// How long it takes from a key to its ghost text in Visual Studio Code, with the real server and the default
// model, as a JSON object: median and 95th percentile over 50 keys that need an answer of the model. With a
// folder, the workbench as it looks then is drawn into it, in light and dark.
//
//   figures.mjs [FOLDER]

import path from 'node:path';
import { modelPath } from './code_server.mjs';
import { vsix } from './fixture.mjs';
import { sleep } from './patience.mjs';
import { Workbench } from './workbench.mjs';

const keys = 50;

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

const verbs = ['check', 'show', 'sort', 'count', 'print', 'merge', 'store', 'group', 'drop', 'rank'];
const nouns = ['prices', 'items', 'sales', 'totals', 'shelves', 'orders', 'names', 'days', 'shops', 'lists'];

const folder = process.argv[2];
const editor = await Workbench.start({
  vsix,
  viewport: { width: 900, height: 480 },
  settings: {
    'nextline.server.model': modelPath('qwen2.5-coder-0.5b-instruct-q4_k_m'),
    'window.autoDetectColorScheme': false,
    'workbench.colorTheme': 'Default Light Modern',
    'workbench.activityBar.location': 'hidden',
    'editor.fontSize': 15,
  },
});

/** Types a key, and waits until ghost text is drawn that was not before; undefined if none comes in a while. */
async function keyToGhostText(key) {
  // First the look-out, so that the key finds it there.
  await editor.page.evaluate(() => {
    const shown = () => [...document.querySelectorAll('.ghost-text-decoration')].map((one) => one.textContent).join('');
    const before = shown();
    window.keyToGhostText = new Promise((resolve) => {
      const watch = () => {
        const pressed = performance.now();
        const look = () => {
          const now = shown();
          if (now !== '' && now !== before) resolve(performance.now() - pressed);
          else if (performance.now() - pressed > 2000) resolve(undefined);
          else requestAnimationFrame(look);
        };
        look();
      };
      window.addEventListener('keydown', watch, { once: true, capture: true });
    });
  });
  await editor.press(key === '\n' ? 'Enter' : key);
  return editor.page.evaluate(() => window.keyToGhostText);
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
  // No suggestion has foreseen the name, and none comes within it; so what is drawn behind it was asked for.
  for (let number = 0; asked.length < keys && number < 2 * keys; ++number) {
    const name = `${verbs[number % verbs.length]}_${nouns[Math.floor(number / verbs.length)]}`;
    await editor.type(`\n    ${name}`);
    await editor.press('Escape');
    await editor.waitForNoGhostText();
    const took = await keyToGhostText('(');
    if (took !== undefined) asked.push(took);
    await editor.press('End');
  }
  console.log(JSON.stringify({ ...summary(asked), of_which_debounce_ms: debounce }));
} finally {
  await editor.stop();
}
