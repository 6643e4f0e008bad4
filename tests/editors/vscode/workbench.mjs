// The workbench as a user has it in front of them: keys go in, and what is drawn is read.

import { createRequire } from 'node:module';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CodeServer } from './code_server.mjs';
import { becomes, becomesEqual, patience } from './patience.mjs';

const { chromium } = createRequire(path.join(process.env.NEXTLINE_WORKBENCH, 'package.json'))('playwright-core');

/** Gives up what is not saved, and asks nobody. */
const closeAll = {
  key: 'Control+Alt+KeyW',
  binding: {
    key: 'ctrl+alt+w',
    command: 'runCommands',
    args: { commands: ['workbench.action.files.revert', 'workbench.action.closeAllEditors'] },
  },
};

export class Workbench {
  static async start({ viewport = { width: 1100, height: 640 }, keybindings = [], ...options }) {
    const workbench = new Workbench();
    workbench.server = await CodeServer.start({ ...options, keybindings: [...keybindings, closeAll.binding] });
    workbench.browser = await chromium.launch({
      executablePath: process.env.NEXTLINE_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const context = await workbench.browser.newContext({ viewport, locale: 'en-US' });
    workbench.page = await context.newPage();
    workbench.page.setDefaultTimeout(patience);
    await workbench.page.goto(workbench.server.url);
    await workbench.page.waitForSelector('.monaco-workbench .statusbar');
    return workbench;
  }

  async stop() {
    if (process.env.NEXTLINE_SCREENSHOT) await this.page?.screenshot({ path: process.env.NEXTLINE_SCREENSHOT });
    await this.browser?.close();
    await this.server?.stop();
  }

  get keyboard() {
    return this.page.keyboard;
  }

  press(...keys) {
    return keys.reduce((before, key) => before.then(() => this.keyboard.press(key)), Promise.resolve());
  }

  /** Types as somebody does who is fast. */
  type(text) {
    return this.keyboard.type(text, { delay: 25 });
  }

  /** Runs a command by its title, as the palette shows it. */
  run(title) {
    return this.pick('F1', title);
  }

  /** Opens a list with a key, and takes what begins so. */
  async pick(key, name) {
    // A list that was opened before the file was there does not show it.
    await becomes(`the list has ${name}`, async () => {
      await this.press('Escape', key);
      return this.pickShown(name, 2000).then(() => true, () => false);
    });
  }

  /** The same where the list is open already. */
  async pickShown(name, timeout = patience) {
    await this.page.waitForSelector('.quick-input-widget', { state: 'visible', timeout });
    await this.keyboard.type(name);
    await this.page.locator(`.quick-input-list .monaco-list-row[aria-label*="${name}"]`).first().click({ timeout });
  }

  /** Writes a file that is not open yet, opens it alone, and puts the cursor at its end. */
  async open(name, text) {
    await this.press(closeAll.key);
    await this.page.waitForSelector('.tab', { state: 'detached' });
    this.forgetMessages();
    writeFileSync(this.server.file('work', name), text);
    await this.pick('Control+P', name);
    await this.page.waitForSelector(`.tab.active[data-resource-name="${name}"]`);
    await this.page.waitForSelector('.editor-instance .monaco-editor.focused .view-lines');
    this.name = name;
    await this.press('Control+End');
  }

  /** Puts the cursor at a line and a column, both from 1. */
  async goTo(line, column) {
    await this.press('Control+G');
    await this.keyboard.type(`${line}:${column}`);
    await this.press('Enter');
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden' });
  }

  /** The text of the file, after it has been saved. */
  async saved() {
    await this.press('Control+S');
    await this.page.waitForSelector(`.tab.active[data-resource-name="${this.name}"]:not(.dirty)`);
    return readFileSync(this.server.file('work', this.name), 'utf8');
  }

  /** What stands behind the cursor in grey, several lines of it with line breaks; empty if nothing does. */
  async ghostText() {
    return this.page.evaluate(() => {
      const editor = document.querySelector('.editor-instance .monaco-editor.focused') ?? document;
      const within = [...editor.querySelectorAll('.view-lines .ghost-text-decoration, .view-lines .ghost-text-decoration-preview')];
      const below = [...editor.querySelectorAll('.suggest-preview-text .view-line')];
      const lines = [within.map((one) => one.textContent).join(''), ...below.map((one) => one.textContent)];
      return lines.join('\n').replaceAll('\u00a0', ' ').replaceAll('\u200b', '');
    });
  }

  async waitForGhostText() {
    return becomes('ghost text', () => this.ghostText(), (text) => text.trim() !== '');
  }

  /** Waits until what the server has said last is what is drawn; returns it. */
  async suggestion() {
    await becomes('what is drawn is what the server said', async () => {
      const answer = this.lastAnswer();
      const drawn = await this.ghostText();
      return drawn !== '' && answer?.insertText.replaceAll('\r\n', '\n').endsWith(drawn);
    });
    return this.lastAnswer().insertText;
  }

  async waitForNoGhostText() {
    await becomesEqual('no ghost text', () => this.ghostText(), '');
  }

  /** What the status bar says of the extension, as those hear it who cannot see. */
  status() {
    return this.page.evaluate(() => document.querySelector('[id="nextline.nextline.nextline.status"]')
      ?.getAttribute('aria-label') ?? '');
  }

  async waitForStatus(sentence) {
    await becomes(`the status '${sentence}'`, () => this.status(), (said) => said.includes(sentence));
  }

  /** The messages that the user has been shown. */
  notifications() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.notification-list-item-message')].map((item) => item.textContent));
  }

  async waitForNotification(pattern) {
    return becomes(`a message like ${pattern}`, () => this.notifications(), (all) => all.some((one) => pattern.test(one)));
  }

  // What passes between the extension and the server.

  get between() {
    return this.server.file('between');
  }

  messages() {
    const file = path.join(this.between, 'messages.jsonl');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line));
  }

  forgetMessages() {
    rmSync(path.join(this.between, 'messages.jsonl'), { force: true });
  }

  /** What the editor has said, of one method. */
  said(method) {
    return this.messages().filter(({ from, message }) => from === 'editor' && message.method === method)
      .map(({ message }) => message.params);
  }

  /** Answers come so many milliseconds later. */
  delayAnswers(milliseconds) {
    writeFileSync(path.join(this.between, 'delay'), String(milliseconds));
  }

  /** Answers come at once. */
  noDelay() {
    rmSync(path.join(this.between, 'delay'), { force: true });
  }

  /** The last answer that had a suggestion, and what was asked. */
  lastAnswer() {
    const all = this.messages();
    for (const { from, message } of all.toReversed()) {
      if (from !== 'server' || !message.result?.items?.length) continue;
      const asked = all.find((one) => one.from === 'editor' && one.message.id === message.id &&
        one.message.method === 'textDocument/inlineCompletion');
      if (asked) return { ...message.result.items[0], asked: asked.message.params };
    }
    return undefined;
  }

  serverProcess() {
    return Number(readFileSync(path.join(this.between, 'server.pid'), 'utf8'));
  }
}
