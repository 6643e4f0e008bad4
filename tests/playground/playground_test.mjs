// The playground in a browser: the page that the program has, its server, and the default model.
//
//   NEXTLINE_NODE_PACKAGES=$(scripts/node_packages playground-tests tests/playground) node --test tests/playground/

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILD = process.env.NEXTLINE_BUILD ?? join(HERE, "../../build/release");
const PICTURES = process.env.NEXTLINE_PICTURES; // A folder for screenshots; without it, none are made.
const SOON = 30_000;
const ONCE_READ = 240_000; // Reading the sample takes seconds, and on a busy machine minutes.

const require = createRequire(join(process.env.NEXTLINE_NODE_PACKAGES, "package.json"));
const { chromium } = require("playwright-core");

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server of the page, which can go and come back. */
class Playground {
  static async start() {
    const playground = new Playground();
    playground.port = await freePort();
    await playground.serve();
    return playground;
  }

  get address() {
    return `http://127.0.0.1:${this.port}/`;
  }

  async serve() {
    const options = ["--snapshots", "off", "--speculation", "buffer", "--no-statistics"];
    const server = ["serve", "--http", `127.0.0.1:${this.port}`, ...options];
    this.process = spawn(join(BUILD, "nextline"), server, { stdio: ["ignore", "ignore", "inherit"] });
    const began = Date.now();
    while (!(await fetch(this.address).catch(() => null))) {
      if (Date.now() - began > SOON) assert.fail("The server does not answer.");
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }

  async go() {
    const gone = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill();
    await gone;
  }
}

/** A page that has read its sample, and what went to and from its server. */
async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1000 }, ...options });
  const opened = await context.newPage();
  opened.setDefaultTimeout(SOON);
  opened.errors = [];
  opened.requested = [];
  opened.answers = []; // Results of the server's, oldest first.
  opened.told = []; // What the server was told, likewise.
  opened.on("pageerror", (error) => opened.errors.push(error.message));
  opened.on("request", (request) => opened.requested.push(request.url()));
  opened.on("websocket", (socket) => {
    opened.requested.push(socket.url());
    socket.on("framereceived", ({ payload }) => opened.answers.push(JSON.parse(payload).result));
    socket.on("framesent", ({ payload }) => opened.told.push(JSON.parse(payload)));
  });
  await opened.goto(playground.address);
  await ready(opened);
  return opened;
}

const ready = (opened) => opened.waitForSelector('#status[data-is="ready"]', { timeout: ONCE_READ });
const reports = (opened) => opened.answers.filter((answer) => answer?.spans);
const suggestions = (opened) => opened.answers.flatMap((answer) => answer?.items ?? []);
const count = (report, has) => report.spans.reduce((sum, span) => sum + (has(span) ? span.tokens : 0), 0);

async function until(opened, what, holds) {
  const began = Date.now();
  while (!(await holds())) {
    if (Date.now() - began > SOON) assert.fail(`It never came: ${what}`);
    await opened.waitForTimeout(30);
  }
}

/** The ghost text, once there is some. */
async function ghost(opened) {
  await opened.locator(".cm-ghost").waitFor();
  return opened.locator(".cm-ghost").textContent();
}
const hasGhost = async (opened) => (await opened.locator(".cm-ghost").count()) > 0;

/** The lines of the editor that are shown, without ghost text. */
const shownLines = (opened) =>
  opened.locator(".cm-line").evaluateAll((lines) =>
    lines.map((line) =>
      [...line.childNodes]
        .filter((node) => node.className !== "cm-ghost")
        .map((node) => node.textContent)
        .join(""),
    ),
  );
const cursorLine = (opened) =>
  opened.locator(".cm-line.cm-activeLine").evaluate((line) =>
    [...line.childNodes]
      .filter((node) => node.className !== "cm-ghost")
      .map((node) => node.textContent)
      .join(""),
  );

/** The text that the server has, after all that it was told. */
function toldText(opened) {
  let text = "";
  for (const { method, params } of opened.told) {
    if (method === "textDocument/didOpen") text = params.textDocument.text;
    if (method !== "textDocument/didChange") continue;
    for (const { range, text: inserted } of params.contentChanges) {
      const lines = text.split("\n");
      const offset = ({ line, character }) =>
        lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0) + character;
      text = text.slice(0, offset(range.start)) + inserted + text.slice(offset(range.end));
    }
  }
  return text;
}
const editorText = (opened) =>
  opened.locator(".cm-content").evaluate((content) => content.cmView.view.state.doc.toString());

async function picture(opened, name) {
  if (PICTURES) await opened.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

let playground;
let browser;
let page; // One for the tests that leave it as it was, but for the text of the sample's open line.
before(async () => {
  playground = await Playground.start();
  browser = await chromium.launch({
    executablePath: process.env.NEXTLINE_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  page = await openPage();
});
after(async () => {
  await browser?.close();
  await playground?.go();
});

/** Empties the line at the cursor, of which all of a suggestion is then to come. */
async function emptyLine() {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Escape");
  while ((await cursorLine(page)) !== "") {
    await page.keyboard.press("Home");
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+End");
    await page.keyboard.press("Backspace");
  }
  await page.keyboard.press("Alt+\\");
}

test("A line that is inserted far above encodes little and moves the rest, and the page says so", async () => {
  await ghost(page);
  // A suggestion tells what was encoded since the one before: from here on, for the edit alone.
  const first = suggestions(page).length;
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Alt+\\");
  await until(page, "suggestions that were asked for", () => suggestions(page).length > first);
  const before = reports(page).at(-1);
  const suggested = suggestions(page).length;
  await page.click("#try-insert");
  await until(page, "a suggestion behind the edit", () => suggestions(page).length > suggested);
  const { encoded } = suggestions(page)[suggested].data.tokens;
  const cost = (report) => report.encoded.changes.tokens - before.encoded.changes.tokens;
  await until(
    page,
    "a report that says what the suggestion says",
    () => cost(reports(page).at(-1)) === encoded,
  );
  const report = reports(page).at(-1);
  assert.ok(encoded < before.prompt / 20, `${encoded} of ${before.prompt}`);
  assert.ok(count(report, ({ shift }) => shift === report.prompt - before.prompt) > before.prompt / 2);
  await until(page, "the number", async () =>
    (await page.textContent("#verdict")).startsWith(`${encoded} tokens`),
  );
  await ghost(page);
  await picture(page, "playground-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "playground-dark");
  await page.emulateMedia({ colorScheme: "light" });
});

test("A line that is taken out again leaves nothing missing, and the pause makes more and more exact", async () => {
  const exact = () => count(reports(page).at(-1), ({ state }) => state === "exact");
  const before = reports(page).at(-1);
  await page.click("#try-insert");
  await until(page, "a shorter prompt", () => reports(page).at(-1).prompt < before.prompt);
  assert.equal(
    count(reports(page).at(-1), ({ state }) => state === "missing"),
    0,
  );
  const left = exact();
  await until(page, "a refresh", () => exact() > left);
});

test("Tab takes the suggestion as it is shown", async () => {
  await emptyLine();
  const text = await ghost(page);
  assert.ok(suggestions(page).some(({ insertText }) => insertText === text));
  await page.keyboard.press("Tab");
  const lines = text.split("\n");
  await until(page, "the text", async () => (await shownLines(page)).join("\n").includes(text.trimEnd()));
  assert.equal(await cursorLine(page), lines.at(-1));
  for (const _ of lines.slice(1)) await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
});

test("The word key takes a word, typing along keeps the rest, and Escape removes it", async () => {
  await emptyLine();
  const text = await ghost(page);
  const [word] = text.match(/^\s*\w+/);
  await page.keyboard.press("Control+ArrowRight");
  assert.equal(await cursorLine(page), word);
  assert.equal(await ghost(page), text.slice(word.length));
  await page.keyboard.type(text[word.length]);
  assert.equal(await ghost(page), text.slice(word.length + 1));
  await page.keyboard.press("Escape");
  assert.equal(await hasGhost(page), false);
  assert.equal(await cursorLine(page), text.slice(0, word.length + 1));
});

test("What is typed against a suggestion removes it", async () => {
  await emptyLine();
  const text = await ghost(page);
  await page.keyboard.type("#");
  assert.ok(!(await hasGhost(page)) || (await ghost(page)) !== text);
  await emptyLine();
});

test("Characters of several units above the cursor leave page and server in step", async () => {
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await page.keyboard.insertText("  # 🍐é漢");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Alt+\\");
  await ghost(page);
  assert.deepEqual(suggestions(page).at(-1).range.start.character, 0);
  await page.keyboard.press("Control+z");
});

test("A class is renamed in one change, of which the server has each place", async () => {
  const names = async (name) => (await shownLines(page)).some((line) => line.includes(`list[${name}]`));
  const before = reports(page).at(-1);
  await page.click("#try-rename");
  await until(page, "the other name", () => names("Rack"));
  assert.equal(toldText(page), await editorText(page));
  assert.doesNotMatch(toldText(page), /\bShelf\b/);
  await until(
    page,
    "what that took",
    () => reports(page).at(-1).encoded.changes.tokens > before.encoded.changes.tokens,
  );
  await page.click("#try-rename");
  await until(page, "the name before", () => names("Shelf"));
});

test("Everything can be reached and done by keyboard, in the order of the page", async () => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const focused = () =>
    page.evaluate(
      () =>
        document.activeElement.id ||
        document.activeElement.className.split(" ")[0] ||
        document.activeElement.tagName,
    );
  await page.locator(".skip").focus();
  const order = [];
  for (let i = 0; i < 4; ++i) {
    await page.keyboard.press("Tab");
    order.push(await focused());
  }
  assert.deepEqual(order, ["try-insert", "try-rename", "try-type", "cm-content"]);
  await page.keyboard.press("Escape"); // Whatever is suggested: then Tab leads on.
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "SUMMARY");
  await page.keyboard.press("Enter");
  await until(page, "the table", async () => (await page.locator("#spans tbody tr").count()) > 2);
  await page.keyboard.press("Enter");

  await emptyLine();
  await page.locator("#try-type").focus();
  await page.keyboard.press("Enter");
  await until(page, "the typed line", async () => (await cursorLine(page)).endsWith("for batch in shelf."));
  await until(page, "the sum of its keys", async () => /\d+ edits/.test(await page.textContent("#verdict")));
  await emptyLine();
});

test("It can be read in the dark, on small screens, and by those who do not see it", async () => {
  await page.emulateMedia({ colorScheme: "dark" });
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.ok(
    ground.match(/\d+/g).every((part) => Number(part) < 60),
    ground,
  );
  await until(page, "a label", async () =>
    /^[\d,]+ tokens: .*exact/.test(await page.getAttribute("#ribbon", "aria-label")),
  );

  await page.setViewportSize({ width: 390, height: 800 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= 390, `${width} pixels`);
  await page.setViewportSize({ width: 1400, height: 1000 });
});

test("A token that the page was opened with goes to the server with it", async () => {
  const context = await browser.newContext();
  const other = await context.newPage();
  const socket = other.waitForEvent("websocket");
  await other.goto(`${playground.address}?token=s%26cret`);
  assert.equal(new URL((await socket).url()).searchParams.get("token"), "s&cret");
  await context.close();
});

test("When the server goes the page says so, keeps the text, and completes again once it is back", async () => {
  await emptyLine();
  await playground.go();
  await page.waitForSelector('#status[data-is="gone"]');
  assert.match(await page.textContent("#status"), /server has gone.*connects again/);
  assert.equal(await page.isDisabled("#try-insert"), true);
  await page.keyboard.type("            # kept");

  await playground.serve();
  await ready(page);
  assert.equal(await cursorLine(page), "            # kept");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Alt+\\");
  await ghost(page);
});

test("The server has the text of the editor after all that was done", async () => {
  assert.equal(toldText(page), await editorText(page));
});

test("Nobody but the server was asked for anything, and nothing went wrong meanwhile", () => {
  assert.deepEqual(
    [...new Set(page.requested.map((url) => new URL(url).host))],
    [new URL(playground.address).host],
  );
  assert.deepEqual(page.errors, []);
});
