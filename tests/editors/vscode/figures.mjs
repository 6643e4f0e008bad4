#!/usr/bin/env node
// How long it takes from a key to its ghost text in Visual Studio Code, with the real server and the default
// model: median and 95th percentile over 50 keys, as a JSON object. With a folder, the workbench as it looks
// then is drawn into it, in light and dark.
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
  const milliseconds = editor.page.evaluate(() => new Promise((resolve) => {
    const shown = () => [...document.querySelectorAll('.ghost-text-decoration')].map((one) => one.textContent).join('');
    let pressed;
    window.addEventListener('keydown', () => (pressed = performance.now()), { once: true, capture: true });
    const before = shown();
    const look = () => {
      const now = shown();
      if (pressed !== undefined && now !== '' && now !== before) return resolve(performance.now() - pressed);
      if (pressed !== undefined && performance.now() - pressed > 3000) return resolve(undefined);
      requestAnimationFrame(look);
    };
    look();
  }));
  await sleep(20);
  await editor.keyboard.type(key);
  return milliseconds;
}

const at = (sorted, share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);

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
  // Against what is shown and back again, so that each key needs an answer of its own.
  const measured = [];
  for (let typed = 0; measured.length < keys && typed < 4 * keys; ++typed) {
    const name = 'sales price count item total value'.split(' ')[typed % 6];
    await editor.type(`\n    ${name}_${typed} `);
    const took = await keyToGhostText('=');
    if (took !== undefined) measured.push(took);
  }
  measured.sort((one, other) => one - other);
  console.log(JSON.stringify({
    keys: measured.length, median_ms: at(measured, 0.5), p95_ms: at(measured, 0.95), of_which_debounce_ms: debounce,
  }));
} finally {
  await editor.stop();
}
