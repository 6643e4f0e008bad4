/** What a token of the cache can be, how that is named and what it looks like. */

export const PARTS = {
  sink: "the token that begins every prompt",
  preamble: "what other files say",
  before: "text before the cursor",
  marker: "a marker between the two sides",
  behind: "text behind the cursor",
};

/** What a cell can be, in the order of the legend. */
export const KINDS = {
  exact: { label: "exact", means: "as if the whole file had just been read" },
  shifted: { label: "moved", means: "kept as it was computed, and read at its new position" },
  stale: { label: "stale", means: "kept in its place, computed before an edit in front of it" },
  fresh: { label: "encoded for this edit", means: "all that this edit had to compute" },
  missing: { label: "not read yet", means: "still to be computed" },
};

export const number = (value) => value.toLocaleString("en");
export const signed = (value) => (value > 0 ? `+${number(value)}` : `−${number(-value)}`);

/** The model reads the text behind the cursor first; people read it last. */
export function inDocumentOrder(spans) {
  const front = spans.filter(({ part }) => part === "sink" || part === "preamble");
  const of = (wanted) => spans.filter(({ part }) => part === wanted);
  return [...front, ...of("before"), ...of("marker"), ...of("behind")];
}

export function kindOf({ state, shift }) {
  if (state !== "stale") return state;
  return shift ? "shifted" : "stale";
}

/** Adds a cell's shape to a path. */
export function addCell(path, kind, x, y, size) {
  const side = size - 1;
  if (kind === "shifted") {
    // An arrow: it has moved.
    path.moveTo(x, y);
    path.lineTo(x + side * 0.55, y);
    path.lineTo(x + side, y + side / 2);
    path.lineTo(x + side * 0.55, y + side);
    path.lineTo(x, y + side);
    path.closePath();
  } else if (kind === "stale") {
    path.rect(x + side * 0.2, y + side * 0.2, side * 0.6, side * 0.6);
  } else if (kind === "missing") {
    path.rect(x + 0.5, y + 0.5, side - 1, side - 1);
  } else if (kind === "marker") {
    path.moveTo(x + side / 2, y - 0.5);
    path.lineTo(x + side + 0.5, y + side / 2);
    path.lineTo(x + side / 2, y + side + 0.5);
    path.lineTo(x - 0.5, y + side / 2);
    path.closePath();
  } else {
    path.rect(x, y, side, side);
  }
}

export function paint(context, kind, path, colour) {
  if (kind === "missing") {
    context.strokeStyle = colour;
    context.stroke(path);
  } else {
    context.fillStyle = colour;
    context.fill(path);
  }
}
