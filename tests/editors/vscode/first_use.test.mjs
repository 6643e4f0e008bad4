// The extension as somebody has it who has just installed it: with the server that came along, without a
// model, and without settings.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { modelPath } from './code_server.mjs';
import { vsix } from './fixture.mjs';
import { becomes } from './patience.mjs';
import { Workbench } from './workbench.mjs';

/** Serves a model, its second half only once it may. */
class ModelSource {
  constructor(content) {
    this.content = content;
    this.ranges = [];
    this.mayGoOn = new Promise((resolve) => (this.goOn = resolve));
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  start() {
    return new Promise((resolve) =>
      this.server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${this.server.address().port}/model`)));
  }

  async answer(request, response) {
    const first = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.ranges.push(first);
    const size = this.content.length;
    response.writeHead(first > 0 ? 206 : 200, {
      'Content-Length': size - first,
      ...(first > 0 && { 'Content-Range': `bytes ${first}-${size - 1}/${size}` }),
    });
    const half = Math.max(first, size >> 1);
    response.write(this.content.subarray(first, half));
    await this.mayGoOn;
    response.end(this.content.subarray(half));
  }

  stop() {
    this.goOn();
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('first use', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nextline-test-'));
  const content = readFileSync(modelPath('smollm2-135m-instruct-q4_1'));
  const source = new ModelSource(content);
  let editor;

  before(async () => {
    const catalogue = path.join(folder, 'catalogue.json');
    const small = {
      name: 'small', architecture: 'llama', licence: 'Apache-2.0', bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'), sources: [{ url: await source.start() }],
    };
    writeFileSync(catalogue, JSON.stringify({ models: [small] }));
    editor = await Workbench.start({ vsix, settings: {}, environment: { NEXTLINE_CATALOGUE: catalogue } });
    await editor.open('first.py', 'def add(a, b):\n');
  });
  after(async () => {
    source.stop();
    await editor?.stop();
    rmSync(folder, { recursive: true });
  });

  it('asks before it fetches the model, and takes another', async () => {
    await editor.waitForNotification(/qwen2\.5-coder-0\.5b-instruct-q4_k_m is not here yet.*491 MB.*Apache-2\.0/);
    await editor.waitForStatus('is to be fetched first');
    assert.deepEqual(source.ranges, []);
    await button('Choose another…').click();
    await editor.pickShown('small');
    await editor.waitForNotification(/Fetching small: \d+ of 98 MB/);
  });

  it('can be cancelled, and goes on where it was', async () => {
    await button('Cancel').click();
    await becomes('nothing is shown', () => editor.notifications(), (all) => all.length === 0);
    await editor.waitForStatus('is to be fetched first');
    source.goOn();
    await editor.run('Nextline: Choose Model');
    await editor.pickShown('small');
    await becomes('a second request', () => source.ranges.length, (asked) => asked === 2);
    assert.ok(source.ranges[1] > 0, 'it was continued');
  });

  it('ends in ghost text', async () => {
    await editor.waitForStatus('Ready');
    await editor.page.locator('.editor-instance .view-lines').first().click();
    await editor.press('Control+End');
    await editor.type('    return a');
    assert.match(await editor.waitForGhostText(), /\S/);
  });

  function button(name) {
    return editor.page.locator('.notifications-toasts .monaco-button, .notifications-toasts .action-label')
      .filter({ hasText: name }).first();
  }
});
