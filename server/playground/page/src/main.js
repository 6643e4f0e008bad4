import sample from "../sample.py";
import { Account } from "./account.js";
import { showDraft } from "./draft.js";
import { contentChanges, makeEditor, positionOf } from "./editor.js";
import { insertFarAbove, rename, type } from "./experiments.js";
import { ghostText, showSuggestion, suggestionOf } from "./ghost_text.js";
import { LanguageClient, serverAddress } from "./language_client.js";
import { Ribbon } from "./ribbon.js";
import { Stages } from "./stages.js";

const CURSOR = "⟨cursor⟩";
const URI = "file:///nextline-playground/warehouse.py";
const BETWEEN_ANNOUNCEMENTS = 400; // A suggestion is read out once it has stayed for so long.

const element = (id) => document.getElementById(id);
const buttons = { "try-insert": insertFarAbove, "try-rename": rename, "try-type": type };

const account = new Account({
  verdict: element("verdict"),
  ownBar: element("own-bar"),
  ownCost: element("own-cost"),
  fullBar: element("full-bar"),
  fullCost: element("full-cost"),
});
const ribbon = new Ribbon({
  canvas: element("ribbon"),
  hint: element("hint"),
  legend: element("legend"),
  facts: element("facts"),
  table: element("spans"),
  details: document.querySelector(".cache details"),
});
const stages = new Stages(element("stages"));
const draft = { summary: element("draft-summary"), passes: element("passes") };

function showState(name, sentence) {
  const status = element("status");
  status.dataset.is = name;
  if (status.textContent !== sentence) status.textContent = sentence;
}

// The editor.

let lastAsked = 0;
let lastReport = null;
let hasRead = false; // By the server that is there now.
let hasEdited = false;

/** Where a suggestion goes in the text; null if it is not for the place where the cursor is. */
function placed(item, text, cursor) {
  const offset = ({ line, character }) => text.line(line + 1).from + character;
  const first = offset(item.range.start);
  const typed = text.sliceString(first, cursor);
  if (first > cursor || !item.insertText.startsWith(typed)) return null;
  return {
    at: cursor,
    to: Math.max(cursor, offset(item.range.end)),
    text: item.insertText.slice(typed.length),
    command: item.command,
  };
}

/** Asks for a suggestion where the cursor is; one that comes late is not shown. */
async function ask(view, isAutomatic) {
  const asked = ++lastAsked;
  const { version } = client;
  const cursor = view.state.selection.main.head;
  const began = performance.now();
  let items = [];
  try {
    items = await client.complete(positionOf(view.state.doc, cursor), isAutomatic);
  } catch {
    return; // Its reason stands in the status, if the server has gone.
  }
  if (asked !== lastAsked || version !== client.version || cursor !== view.state.selection.main.head) return;
  const [item] = items;
  const suggestion = item ? placed(item, view.state.doc, cursor) : null;
  view.dispatch({ effects: showSuggestion.of(suggestion) });
  if (!suggestion) return;
  showDraft(draft, item.data);
  stages.answer(item.data, performance.now() - began);
  announce(view, suggestion);
}

function announce(view, suggestion) {
  setTimeout(() => {
    if (suggestionOf(view)?.text === suggestion.text)
      element("announced").textContent = `Suggestion: ${suggestion.text}`;
  }, BETWEEN_ANNOUNCEMENTS);
}

function takeUpdate(update) {
  if (update.docChanged) {
    hasEdited = true;
    for (const transaction of update.transactions) {
      if (transaction.docChanged) client.change(contentChanges(transaction));
    }
    if (account.edit()) ribbon.beginEdit();
  } else if (update.selectionSet) {
    client.moveCursor(positionOf(update.state.doc, update.state.selection.main.head));
  } else {
    return;
  }
  // An update may not lead to another one at once.
  queueMicrotask(() => ask(update.view, true));
}

const text = sample.replace(CURSOR, "");
const editor = makeEditor(
  element("editor"),
  text,
  sample.indexOf(CURSOR),
  ghostText({
    onAccept: ({ command }) => command && client.execute(command),
    onAsk: (view) => {
      ask(view, false);
      return true;
    },
  }),
  takeUpdate,
);

// The server.

/** Whether the server counts anew: it has unloaded the model meanwhile. */
const countsAnew = ({ updates }) => lastReport !== null && updates < lastReport.updates;

function takeReport(report) {
  if (countsAnew(report)) forget();
  const isForEdit = lastReport !== null && report.encoded.changes.tokens > lastReport.encoded.changes.tokens;
  lastReport = report;
  ribbon.show(report, isForEdit);
  account.take(report);
  stages.take(report);
  showReading(report);
}

function forget() {
  lastReport = null;
  account.forget();
  stages.forget();
}

/** Until the file has been read, an edit would show little: most of it would be new. */
function showReading({ spans, prompt }) {
  const count = (wanted) =>
    spans.reduce((sum, { state, tokens }) => sum + (state === wanted ? tokens : 0), 0);
  hasRead ||= count("exact") === prompt || (hasEdited && count("missing") === 0);
  for (const id of Object.keys(buttons)) element(id).disabled = !hasRead;
  if (hasRead) showState("ready", "Ready");
  else
    showState(
      "waiting",
      `Reading the file for the first time: ${Math.floor((100 * count("exact")) / prompt)} %`,
    );
}

const client = new LanguageClient(
  serverAddress(new URL(window.location.href)),
  { uri: URI, languageId: "python", text: () => editor.state.doc.toString() },
  {
    onState(name, sentence) {
      showState(name, sentence);
      if (name !== "gone") return;
      for (const id of Object.keys(buttons)) element(id).disabled = true;
      editor.dispatch({ effects: showSuggestion.of(null) });
    },
    onOpen() {
      forget();
      hasRead = hasEdited = false;
      client.moveCursor(positionOf(editor.state.doc, editor.state.selection.main.head));
      ask(editor, true);
    },
    onReport: takeReport,
  },
);

for (const [id, experiment] of Object.entries(buttons))
  element(id).addEventListener("click", () => experiment(editor));
if (/Mac|iPhone|iPad/.test(navigator.platform)) element("word-key").textContent = "⌘ →";
