// What the extension does with its server: what it tells it and what not, and what becomes of one that ends.

import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { settings, vsix } from './fixture.mjs';
import { becomes, becomesEqual, stays } from './patience.mjs';
import { Workbench } from './workbench.mjs';

const source = 'def add(a, b):\n';

describe('the server', () => {
  let editor;
  let told;

  before(async () => {
    editor = await Workbench.start({ vsix, settings });
    await editor.open('first.py', source);
    await editor.waitForStatus('Ready');
    await becomes('the settings have been asked for', () => settingsTold().length);
    told = settingsTold();
  });
  after(() => editor?.stop());

  it('is told only what somebody has set', async () => {
    assert.deepEqual(told[0], [{ extent: 'automatic' }]);
  });

  it('is told where the cursor comes to rest', async () => {
    await editor.open('moves.py', source.repeat(8));
    await editor.press('ArrowUp', 'ArrowUp', 'ArrowUp', 'End');
    const last = await becomes('the cursor', () => editor.said('nextline/didMoveCursor').at(-1),
      (moved) => moved?.position.line === 5);
    assert.deepEqual(last.position, { line: 5, character: source.length - 1 });
    assert.ok(editor.said('nextline/didMoveCursor').length <= 3, 'moves in a row are one');
  });

  it('learns nothing of a document whose language is switched off', async () => {
    editor.server.configure({ 'nextline.languages': { python: false } });
    await editor.waitForStatus('switched off for python');
    await editor.open('off.py', source);
    await editor.type('    return a');
    await stays('nothing is drawn', () => editor.ghostText(), (drawn) => drawn === '');
    await editor.press('ArrowUp');
    await editor.saved();
    const about = editor.messages().filter(({ from, message }) =>
      from === 'editor' && message.method !== 'workspace/didChangeWatchedFiles' &&
      JSON.stringify(message).includes('off.py'));
    assert.deepEqual(about, []);
    await editor.open('on.lua', 'function add(a, b)\n');
    await editor.type('  return a');
    await editor.suggestion();
  });

  it('is told of it again once it is switched on', async () => {
    await editor.open('again.py', source);
    editor.server.configure({});
    await editor.waitForStatus('Ready');
    await editor.type('    return a');
    await editor.suggestion();
  });

  it('is asked nothing while all is switched off', async () => {
    editor.server.configure({ 'nextline.enabled': false });
    await editor.waitForStatus('Nextline is switched off.');
    await editor.open('nothing.py', source);
    await editor.type('    return a');
    await stays('nothing is drawn', () => editor.ghostText(), (drawn) => drawn === '');
    assert.deepEqual(editor.said('textDocument/inlineCompletion'), []);
    assert.deepEqual(editor.said('textDocument/didOpen'), []);
    editor.server.configure({});
    await editor.waitForStatus('Ready');
  });

  it('says why there is no suggestion', async () => {
    await editor.open('why.py', `${source}    # Adds `);
    await editor.type('a');
    await becomes('a request', () => editor.said('textDocument/inlineCompletion').length);
    await editor.run('Nextline: Why Is There No Suggestion?');
    await editor.waitForNotification(/The cursor is in a comment\./);
    await editor.run('Notifications: Clear All Notifications');
  });

  it('shows its statistics', async () => {
    await editor.open('counted.py', source);
    await editor.type('    return a');
    await editor.suggestion();
    await editor.run('Nextline: Statistics');
    await becomes('the statistics', async () =>
      (await Promise.all(editor.page.frames().map((frame) =>
        frame.evaluate(() => document.body?.innerText ?? '').catch(() => '')))).join('\n'),
    (text) => /what became of suggestions[\s\S]*Today: \d+ requests/.test(text));
    await editor.press('Control+1');
  });

  it('is started again when it ends by itself, which is said once, and goes on', async () => {
    await editor.open('killed.py', source);
    await editor.type('    return a');
    const suggestion = await editor.suggestion();
    for (let time = 0; time < 2; ++time) {
      const killed = editor.serverProcess();
      process.kill(killed, 'SIGKILL');
      await becomes('another server', () => editor.serverProcess(), (pid) => pid !== killed);
      await editor.waitForStatus('Ready');
      await editor.press('Backspace');
      await editor.type('a');
      await becomesEqual('the same is drawn', () => editor.ghostText(), suggestion);
    }
    const said = (await editor.notifications()).filter((message) => /ended by itself/.test(message));
    assert.equal(said.length, 1);
  });

  it('that is restarted takes up what it had computed', () =>
    takesUpWhatItHadComputed('restarted.py', () => editor.run('Nextline: Restart Server')));

  it('that is killed leaves what it has computed to the next one', () =>
    takesUpWhatItHadComputed('snapshot.py', async (pid, typedAt) => {
      // It is written when the cache is exact.
      await becomes('a snapshot', () => lastSnapshotAt(), (written) => written > typedAt);
      process.kill(pid, 'SIGKILL');
    }));

  it('that cannot be found is told of', async () => {
    editor.server.configure({ 'nextline.server.path': '/nowhere/nextline' });
    await editor.waitForNotification(/names \/nowhere\/nextline, which is no program/);
    await editor.waitForStatus('which is no program');
    editor.server.configure({});
    await editor.waitForStatus('Ready');
  });

  async function takesUpWhatItHadComputed(name, end) {
    await editor.open(name, source.repeat(40));
    await editor.type('    return a');
    const typedAt = Date.now();
    await editor.suggestion();
    assert.equal(editor.lastAnswer().data.tokens.reused < 100, true);
    const pid = editor.serverProcess();
    await end(pid, typedAt);
    await becomes('another server', () => editor.serverProcess(), (another) => another !== pid);
    await editor.waitForStatus('Ready');
    editor.forgetMessages();
    await editor.press('Backspace');
    await editor.type('a');
    await editor.suggestion();
    const { encoded, prompt } = editor.lastAnswer().data.tokens;
    assert.ok(encoded < prompt / 4, `${encoded} of ${prompt} tokens were computed`);
  }

  /** When the server wrote a cache to the disk for the last time; 0 if it never did. */
  function lastSnapshotAt() {
    const folder = editor.server.file('home/.cache/nextline/snapshots');
    const written = readdirSync(folder).filter((name) => name.endsWith('.snapshot'))
      .map((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return Math.max(0, ...written);
  }

  /** What the server was answered when it asked for settings. */
  function settingsTold() {
    const all = editor.messages().map(({ message }) => message);
    const asked = all.filter(({ method }) => method === 'workspace/configuration').map(({ id }) => id);
    return all.filter(({ id, result }) => asked.includes(id) && result !== undefined).map(({ result }) => result);
  }
});
