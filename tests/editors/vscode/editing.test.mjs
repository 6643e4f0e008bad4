// Ghost text in the real workbench, with the real server and a real model.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { settings, vsix } from './fixture.mjs';
import { becomes, becomesEqual, stays } from './patience.mjs';
import { Workbench } from './workbench.mjs';

const source = `"""Sums, differences and the like."""


def add(a, b):
    """Returns the sum of a and b."""
    return a + b


def subtract(a, b):
    """Returns the difference of a and b."""
`;

/** Up to a function of which nothing but its head is there. */
const undescribed = source.slice(0, source.indexOf('    """Returns the difference'));

/** With places to fill in at the ends of lines, where suggestions come. */
const snippet = '    total = $1\n    return $2\n$0';

describe('ghost text', () => {
  let editor;

  before(async () => {
    editor = await Workbench.start({
      vsix,
      settings,
      keybindings: [{ key: 'ctrl+alt+s', command: 'editor.action.insertSnippet', args: { snippet } }],
    });
    await editor.open('first.py', source);
    await editor.waitForStatus('Ready');
  });
  after(() => editor?.stop());
  afterEach(() => editor?.noDelay());

  it('comes while a line is typed, and Tab takes it', async () => {
    await editor.open('whole.py', source);
    await editor.type('    return a');
    const suggestion = await editor.suggestion();
    await editor.press('Tab');
    assert.equal(await editor.saved(), `${source}    return a${suggestion}`);
  });

  it('is taken word by word', async () => {
    await editor.open('word.py', source);
    await editor.type('    ret');
    const suggestion = await editor.suggestion();
    assert.match(suggestion, /^urn \S/);
    await editor.press('Control+ArrowRight');
    await becomesEqual('the rest stays', () => editor.ghostText(), suggestion.slice('urn'.length));
    assert.equal(await editor.saved(), `${source}    return`);
    const [part] = await becomes('the server is told', () =>
      editor.said('textDocument/didPartiallyAcceptCompletion'), (all) => all.length > 0);
    assert.equal(part.acceptedLength, 'urn'.length);
    await editor.press('Tab');
    assert.equal(await editor.saved(), `${source}    ret${suggestion}`);
  });

  it('is taken line by line', async () => {
    await editor.open('line.py', undescribed);
    const [first, second] = (await severalLines()).split('\n');
    await editor.press('Control+Alt+ArrowRight');
    await becomesEqual('the next line stays', () => editor.ghostText(), second);
    assert.equal(await editor.saved(), `${undescribed}    ${first}\n`);
    await editor.press('Control+Alt+ArrowRight');
    await becomesEqual('that is taken, too', () => editor.saved(), `${undescribed}    ${first}\n${second}`);
  });

  it('stays while it is typed along, and goes when something else is typed', async () => {
    await editor.open('along.py', source);
    await editor.type('    return a');
    const suggestion = await editor.suggestion();
    for (let typed = 1; typed < 3; ++typed) {
      await editor.keyboard.type(suggestion[typed - 1]);
      await becomesEqual('the rest is drawn', () => editor.ghostText(), suggestion.slice(typed));
      await stays('the rest is drawn', () => editor.ghostText(), (rest) => rest === suggestion.slice(typed), 300);
    }
    editor.delayAnswers(1000);
    await editor.keyboard.type('#');
    await editor.waitForNoGhostText();
    await stays('nothing is drawn', () => editor.ghostText(), (drawn) => drawn === '', 500);
    assert.equal(await editor.saved(), `${source}    return a${suggestion.slice(0, 2)}#`);
  });

  it('is undone as a whole', async () => {
    await editor.open('undo.py', source);
    await editor.type('    return a');
    await editor.suggestion();
    await editor.press('Tab', 'Control+Z');
    assert.equal(await editor.saved(), `${source}    return a`);
  });

  it('is never an answer that comes late, where the cursor has moved on', async () => {
    await editor.open('late_cursor.py', source);
    editor.delayAnswers(800);
    await editor.type('    return a');
    await answersAwaited(1);
    await editor.press('ArrowUp');
    await stays('nothing is drawn', () => editor.ghostText(), (drawn) => drawn === '', 500);
    await becomes('an answer has come', () => editor.lastAnswer());
    await stays('nothing is drawn', () => editor.ghostText(), (drawn) => drawn === '', 500);
  });

  it('is never an answer that comes late, where the text has changed', async () => {
    await editor.open('late_text.py', source);
    editor.delayAnswers(800);
    await editor.type('    return a');
    await answersAwaited(1);
    await editor.type(' * ');
    const suggestion = await editor.suggestion();
    assert.equal(editor.lastAnswer().asked.position.character, '    return a * '.length);
    await editor.press('Tab');
    assert.equal(await editor.saved(), `${source}    return a * ${suggestion}`);
  });

  it('does not come where there are several cursors', async () => {
    const lines = 'first = 1\nsecond = 2\n';
    await editor.open('cursors.py', lines);
    await editor.goTo(1, 10);
    await editor.press('Shift+Alt+ArrowDown');
    const before = editor.said('textDocument/inlineCompletion').length;
    await editor.type('0 ');
    await stays('nothing is drawn', () => editor.ghostText(), (drawn) => drawn === '', 700);
    assert.equal(editor.said('textDocument/inlineCompletion').length, before);
    assert.equal(await editor.saved(), 'first = 10 \nsecond = 0 2\n');
    await editor.press('Escape', 'Control+End');
    await editor.type('third =');
    await editor.suggestion();
  });

  it('leaves Tab to a snippet that has places to fill in', async () => {
    await editor.open('snippet.py', source);
    await editor.press('Control+Alt+S');
    await editor.type('a');
    await editor.suggestion();
    await editor.press('Tab');
    await editor.type('total');
    await editor.press('Tab');
    assert.equal(await editor.saved(), `${source}    total = a\n    return total\n`);
  });

  it('fits lines that end with carriage returns', async () => {
    const text = undescribed.replaceAll('\n', '\r\n');
    await editor.open('crlf.py', text);
    const suggestion = await severalLines();
    await editor.press('Tab');
    assert.equal(await editor.saved(), `${text}    ` + suggestion.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'));
  });

  it('stands behind characters of any script', async () => {
    const text = `# größe 🙂 語\n${source}`;
    await editor.open('größe.py', text);
    const typed = "    print('🙂 größe 語', a";
    await editor.type(typed);
    const suggestion = await editor.suggestion();
    assert.equal(editor.lastAnswer().asked.position.character, typed.length);
    await editor.press('Tab');
    assert.equal(await editor.saved(), `${text}${typed}${suggestion}`);
  });

  it('goes with what is chosen in the menu', async () => {
    await editor.open('menu.py', `${source}    difference = a - b\n    return `);
    await editor.type('diff');
    await editor.press('Control+Space');
    await editor.page.waitForSelector('.suggest-widget.visible .monaco-list-row.focused');
    const asked = await becomes('the server is told what is chosen', () =>
      editor.said('textDocument/inlineCompletion').findLast(({ context }) => context.selectedCompletionInfo));
    assert.equal(asked.context.selectedCompletionInfo.text, 'difference');
    await editor.press('Escape', 'Escape');
  });

  it('has its shown and accepted counted', async () => {
    await editor.open('counted.py', source);
    await editor.type('    return a');
    await editor.suggestion();
    const { data } = editor.lastAnswer();
    await becomes('it is told that it is shown', () => editor.said('textDocument/didShowCompletion'),
      (all) => all.some(({ item }) => item.data.id === data.id));
    await editor.press('Tab');
    await becomes('it is told that it is accepted', () => editor.said('workspace/executeCommand'), (all) =>
      all.some(({ command, arguments: [argument] }) => command === 'nextline.didAccept' && argument.id === data.id));
  });

  /** Requests that the server has been asked since the file was opened. */
  async function answersAwaited(count) {
    await becomes(`${count} requests`, () => editor.said('textDocument/inlineCompletion').length,
      (asked) => asked >= count);
  }

  /** Begins a function, for which several lines are suggested. */
  async function severalLines() {
    await editor.type('    ');
    const suggestion = await editor.suggestion();
    assert.match(suggestion, /\S\r?\n/);
    return suggestion;
  }
});
