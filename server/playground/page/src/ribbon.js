/**
 * The cache as a ribbon that is folded into rows: a cell for each token of the prompt, in the order
 * of the document. What an edit has moved slides; what was encoded for it stays marked until the
 * next one; what a pause has computed again lights up.
 */

const LARGEST_CELL = 9;
const SMALLEST_CELL = 3;
const SLIDE_MS = 450;
const FLASH_MS = 900;
const BETWEEN_LABELS = 1000;  // The label for those who do not see it is renewed at most so often.

const PARTS = {
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

const number = (value) => value.toLocaleString("en");
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
function addCell(path, kind, x, y, size) {
  const side = size - 1;
  if (kind === "shifted") {  // An arrow: it has moved.
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

function paint(context, kind, path, colour) {
  if (kind === "missing") {
    context.strokeStyle = colour;
    context.stroke(path);
  } else {
    context.fillStyle = colour;
    context.fill(path);
  }
}

export class Ribbon {
  #elements;
  #spans = [];
  #cells = [];  // { kind, isMarker, span, flashed }, one for each token.
  #cursor = 0;  // The cell that the cursor stands before.
  #slide = { from: 0, by: 0, began: 0 };
  #layout = { size: LARGEST_CELL, columns: 1, room: 0 };
  #frame = 0;
  #labelled = 0;
  #stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** Elements: canvas, hint, legend, facts, table and its details. */
  constructor(elements) {
    this.#elements = elements;
    this.#makeLegend();
    new ResizeObserver(() => {
      this.#layout.room = 0;
      this.#draw();
    }).observe(elements.canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#makeLegend();
      this.#draw();
    });
    elements.canvas.addEventListener("pointermove", (event) => this.#tell(event));
    elements.canvas.addEventListener("pointerleave", () => (elements.hint.textContent = ""));
    elements.details.addEventListener("toggle", () => this.#fillTable());
  }

  /** What is encoded from now on is for another edit. */
  beginEdit() {
    for (const cell of this.#cells) cell.isFresh = false;
  }

  /** Shows a report; whether what is new in it was encoded for an edit. */
  show(report, isForEdit) {
    const now = performance.now();
    this.#spans = inDocumentOrder(report.spans);
    const before = this.#cells;
    const total = this.#spans.reduce((sum, span) => sum + span.tokens, 0);
    const by = total - before.length;
    const from = this.#firstChange(Math.max(by, 0));
    if (by !== 0 && before.length > 0) this.#slide = { from: from + Math.max(by, 0), by, began: now };

    this.#cells = [];
    this.#cursor = 0;
    for (const span of this.#spans) {
      const kind = kindOf(span);
      if (span.part === "before" || this.#cursor === this.#cells.length) {
        if (span.part === "sink" || span.part === "preamble" || span.part === "before") this.#cursor += span.tokens;
      }
      for (let i = 0; i < span.tokens; ++i) {
        const index = this.#cells.length;
        const old = index < from ? before[index] : before[index - by];
        const cell = { kind, span, isMarker: span.part === "marker", isFresh: old?.isFresh ?? false, flashed: old?.flashed ?? 0 };
        if (span.isNew && isForEdit) cell.isFresh = true;
        if (span.isNew && !isForEdit) cell.flashed = now;
        this.#cells.push(cell);
      }
    }
    this.#count(report);
    this.#fillTable();
    this.#draw();
  }

  /** Where the document seems to have changed: at the first tokens that came, or the first that moved. */
  #firstChange(came) {
    let index = 0;
    for (const span of this.#spans) {
      const isHere = came > 0 ? span.state === "missing" || span.isNew : span.shift;
      if (isHere) return index;
      index += span.tokens;
    }
    return index;
  }

  #colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  #colours() {
    return Object.fromEntries(["exact", "shifted", "stale", "new", "missing", "marker", "text"].map((name) => [name, this.#colour(name)]));
  }

  #fit() {
    const { canvas } = this.#elements;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    // With some room to grow, so that cells keep their size from key to key.
    if (this.#cells.length > this.#layout.room || this.#cells.length < this.#layout.room / 2) {
      const room = Math.max(64, Math.ceil(this.#cells.length * 1.08));
      let size = LARGEST_CELL;
      while (size > SMALLEST_CELL && Math.floor(width / size) * Math.floor(height / size) < room) size -= 0.5;
      this.#layout = { size, columns: Math.max(1, Math.floor(width / size)), room };
    }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    return context;
  }

  #draw() {
    cancelAnimationFrame(this.#frame);
    const context = this.#fit();
    const now = performance.now();
    const still = this.#stillness.matches;
    const done = still ? 1 : Math.min(1, (now - this.#slide.began) / SLIDE_MS);
    const eased = 1 - (1 - done) ** 3;
    const { size, columns } = this.#layout;
    const paths = {};
    const flashes = [];
    this.#cells.forEach((cell, index) => {
      const place = index >= this.#slide.from ? index - this.#slide.by * (1 - eased) : index;
      const row = Math.floor(place / columns);
      const x = (place - row * columns) * size;
      const y = row * size;
      const shape = cell.isMarker ? "marker" : cell.isFresh && cell.kind !== "missing" ? "fresh" : cell.kind;
      const paintedAs = cell.isMarker && cell.isFresh ? "freshMarker" : shape;
      addCell((paths[paintedAs] ??= new Path2D()), shape, x, y, size);
      const age = now - cell.flashed;
      if (age < FLASH_MS && shape === "exact") flashes.push({ x, y, strength: still ? 0.5 : 1 - age / FLASH_MS });
    });
    const colours = this.#colours();
    const painted = { ...colours, fresh: colours.new, freshMarker: colours.new };
    for (const [kind, path] of Object.entries(paths)) paint(context, kind, path, painted[kind]);
    context.fillStyle = colours.shifted;
    for (const { x, y, strength } of flashes) {
      context.globalAlpha = strength;
      context.fillRect(x, y, size - 1, size - 1);
    }
    context.globalAlpha = 1;
    this.#drawCursor(context, colours.text);
    if (done < 1 || flashes.length > 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #drawCursor(context, colour) {
    if (this.#cells.length === 0) return;
    const { size, columns } = this.#layout;
    const x = (this.#cursor % columns) * size - 1.5;
    const y = Math.floor(this.#cursor / columns) * size;
    context.fillStyle = colour;
    context.fillRect(x, y - 3, 2, size + 5);
    context.fillRect(x - 2, y - 4, 6, 2);
    context.fillRect(x - 2, y + size + 1, 6, 2);
  }

  #makeLegend() {
    const { legend } = this.#elements;
    const colours = this.#colours();
    legend.replaceChildren();
    for (const [kind, { label, means }] of Object.entries(KINDS)) {
      const item = document.createElement("li");
      item.title = means;
      const sample = document.createElement("canvas");
      sample.width = sample.height = 26;
      sample.setAttribute("aria-hidden", "true");
      const context = sample.getContext("2d");
      context.scale(2, 2);
      const path = new Path2D();
      addCell(path, kind, 0.5, 0.5, 12);
      paint(context, kind, path, kind === "fresh" ? colours.new : colours[kind]);
      const count = document.createElement("b");
      count.dataset.kind = kind;
      item.append(sample, `${label} `, count);
      legend.append(item);
    }
  }

  #count(report) {
    const counts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
    const shifts = new Set();
    for (const cell of this.#cells) {
      ++counts[cell.isFresh && cell.kind !== "missing" ? "fresh" : cell.kind];
      if (cell.span.shift) shifts.add(cell.span.shift);
    }
    for (const item of this.#elements.legend.querySelectorAll("b")) {
      const { kind } = item.dataset;
      const by = kind === "shifted" && shifts.size === 1 ? ` by ${signed([...shifts][0])}` : "";
      item.textContent = number(counts[kind]) + by;
    }
    const { facts, canvas } = this.#elements;
    facts.textContent =
      `${number(report.prompt)} tokens in ${number(report.pieces)} ${report.pieces === 1 ? "piece" : "pieces"}, ` +
      `${(report.memory.bytes / 1e6).toFixed(0)} MB. The last edit changed the list of pieces in ${report.spliceUs.toFixed(0)} µs.`;
    if (performance.now() - this.#labelled < BETWEEN_LABELS) return;
    this.#labelled = performance.now();
    const said = Object.entries(counts).filter(([, count]) => count > 0);
    canvas.setAttribute("aria-label",
      `${number(report.prompt)} tokens: ${said.map(([kind, count]) => `${number(count)} ${KINDS[kind].label}`).join(", ")}.`);
  }

  #tell(event) {
    const { size, columns } = this.#layout;
    const index = Math.floor(event.offsetY / size) * columns + Math.floor(event.offsetX / size);
    const cell = this.#cells[index];
    this.#elements.hint.textContent = cell ? this.#describe(cell.span) : "";
  }

  #describe({ tokens, part, state, shift }) {
    const moved = shift ? `, moved by ${signed(shift)}` : "";
    return `${number(tokens)} × ${PARTS[part]}: ${KINDS[kindOf({ state, shift })].label}${moved}`;
  }

  #fillTable() {
    const { details, table } = this.#elements;
    if (!details.open) return;
    table.tBodies[0].replaceChildren(...this.#spans.slice(0, 400).map((span) => {
      const row = document.createElement("tr");
      for (const text of [number(span.tokens), PARTS[span.part], KINDS[kindOf(span)].label, span.shift ? signed(span.shift) : ""]) {
        row.insertCell().textContent = text;
      }
      return row;
    }));
  }
}
