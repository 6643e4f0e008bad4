/**
 * The cache as a ribbon that is folded into rows: a cell for each token of the prompt, in the order
 * of the document. What an edit has moved slides; what was encoded for it stays marked until the
 * next one; what a pause has computed again lights up.
 */

import { addCell, inDocumentOrder, KINDS, kindOf, number, paint, PARTS, signed } from "./cells.js";
import { Legend } from "./legend.js";

const LARGEST_CELL = 9;
const SMALLEST_CELL = 3;
const SLIDE_MS = 450;
const FLASH_MS = 900;
const BETWEEN_LABELS = 1000; // The label for those who do not see it is renewed at most so often.

export class Ribbon {
  #elements;
  #legend;
  #spans = [];
  #cells = []; // { kind, isMarker, span, flashed }, one for each token.
  #cursor = 0; // The cell that the cursor stands before.
  #slide = { from: 0, by: 0, began: 0 };
  #layout = { size: LARGEST_CELL, columns: 1, room: 0 };
  #frame = 0;
  #label = "";
  #labelling = null; // Until the label is renewed.
  #stillness = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** Elements: canvas, hint, legend, facts, table and its details. */
  constructor(elements) {
    this.#elements = elements;
    this.#legend = new Legend(elements.legend);
    this.#legend.draw(this.#colours());
    new ResizeObserver(() => {
      this.#layout.room = 0;
      this.#draw();
    }).observe(elements.canvas);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.#legend.draw(this.#colours());
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
    const isBehindCursor = ({ part }) => part === "marker" || part === "behind";
    this.#cursor = this.#spans.reduce((sum, span) => sum + (isBehindCursor(span) ? 0 : span.tokens), 0);
    for (const span of this.#spans) {
      const kind = kindOf(span);
      for (let i = 0; i < span.tokens; ++i) {
        const index = this.#cells.length;
        const old = index < from ? before[index] : before[index - by];
        const cell = {
          kind,
          span,
          isMarker: span.part === "marker",
          isFresh: old?.isFresh ?? false,
          flashed: old?.flashed ?? 0,
        };
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

  /** Of the page's style, by what they are for. */
  #colours() {
    const style = getComputedStyle(document.documentElement);
    const names = [...Object.keys(KINDS), "marker", "text"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
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
      if (age < FLASH_MS && shape === "exact")
        flashes.push({ x, y, strength: still ? 0.5 : 1 - age / FLASH_MS });
    });
    const colours = this.#colours();
    for (const [kind, path] of Object.entries(paths)) {
      paint(context, kind, path, kind === "freshMarker" ? colours.fresh : colours[kind]);
    }
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

  #count(report) {
    const counts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
    const shifts = new Set();
    for (const cell of this.#cells) {
      ++counts[cell.isFresh && cell.kind !== "missing" ? "fresh" : cell.kind];
      if (cell.span.shift) shifts.add(cell.span.shift);
    }
    this.#legend.show(counts, shifts.size === 1 ? [...shifts][0] : null);
    const { facts, canvas } = this.#elements;
    facts.textContent =
      `${number(report.prompt)} tokens in ${number(report.pieces)} ${report.pieces === 1 ? "piece" : "pieces"}, ` +
      `${(report.memory.bytes / 1e6).toFixed(0)} MB. The last edit changed the list of pieces in ${report.spliceUs.toFixed(0)} µs.`;
    this.#label =
      `${number(report.prompt)} tokens: ` +
      Object.entries(counts)
        .filter(([, count]) => count > 0)
        .map(([kind, count]) => `${number(count)} ${KINDS[kind].label}`)
        .join(", ");
    this.#labelling ??= setTimeout(() => {
      this.#labelling = null;
      canvas.setAttribute("aria-label", `${this.#label}.`);
    }, BETWEEN_LABELS);
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
    table.tBodies[0].replaceChildren(
      ...this.#spans.slice(0, 400).map((span) => {
        const row = document.createElement("tr");
        for (const text of [
          number(span.tokens),
          PARTS[span.part],
          KINDS[kindOf(span)].label,
          span.shift ? signed(span.shift) : "",
        ]) {
          row.insertCell().textContent = text;
        }
        return row;
      }),
    );
  }
}
