import { changeElsewhere } from "./editor.js";

const LINE = "import heapq\n";
const BEHIND = "import itertools\n";
const NAMES = ["Shelf", "Rack"];
const TYPED = "            for batch in shelf.";
const BETWEEN_KEYS = 110;

const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

/** Inserts a line near the beginning of the file, or takes it out again. */
export function insertFarAbove(view) {
  const text = view.state.doc.toString();
  const there = text.indexOf(LINE);
  if (there >= 0) {
    changeElsewhere(view, { from: there, to: there + LINE.length });
    return;
  }
  const behind = text.indexOf(BEHIND);
  changeElsewhere(view, { from: behind < 0 ? 0 : behind, insert: LINE });
}

/** Gives a class its other name, in all places at once. */
export function rename(view) {
  const text = view.state.doc.toString();
  const [old, other] = text.includes(`class ${NAMES[0]}`) ? NAMES : [...NAMES].reverse();
  const places = [...text.matchAll(new RegExp(`\\b${old}\\b`, "g"))];
  changeElsewhere(
    view,
    places.map(({ index }) => ({ from: index, to: index + old.length, insert: other })),
  );
}

/** Types a line at the cursor, key by key, for as long as nobody else types. */
export async function type(view) {
  view.focus();
  const { state } = view;
  const line = state.doc.lineAt(state.selection.main.head);
  const begun =
    line.text.trim() === ""
      ? { at: line.to, keys: TYPED.slice(line.length) }
      : { at: line.to, keys: `\n${TYPED}` };
  let at = begun.at;
  view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
  for (const key of begun.keys) {
    if (view.state.selection.main.head !== at) return;
    view.dispatch({
      changes: { from: at, insert: key },
      selection: { anchor: at + 1 },
      userEvent: "input.type",
      scrollIntoView: true,
    });
    ++at;
    await pause(key === " " ? 25 : BETWEEN_KEYS);
  }
}
