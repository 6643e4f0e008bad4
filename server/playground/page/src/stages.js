import { milliseconds } from "./account.js";

const MOST_ROWS = 6;
const LEAST_SCALE = 60; // Milliseconds that a whole bar stands for, at the least.

const number = (value) => value.toLocaleString("en");
const tokens = (count) => `${number(count)} ${count === 1 ? "token" : "tokens"}`;

/** What was done and how long it took, the newest first. */
export class Stages {
  #list;
  #rows = []; // { kind, what(tokens), tokens, ms }
  #last = null;

  constructor(list) {
    this.#list = list;
  }

  forget() {
    this.#last = null;
  }

  /** What has been done between two reports. */
  take(report) {
    const { opening, changes, refresh } = report.encoded;
    const before = this.#last;
    this.#last = report;
    if (before && report.updates > before.updates) {
      this.#add("splice", () => "The list of pieces changed", 0, report.spliceUs / 1000);
    }
    const since = (sum, earlier) => ({
      tokens: sum.tokens - (earlier?.tokens ?? 0),
      ms: sum.ms - (earlier?.ms ?? 0),
    });
    this.#grow(
      "opening",
      (count) => `Read for the first time: ${tokens(count)}`,
      since(opening, before?.encoded.opening),
    );
    this.#grow("encode", (count) => `Encoded: ${tokens(count)}`, since(changes, before?.encoded.changes));
    this.#grow(
      "refresh",
      (count) => `Made exact in the pause: ${tokens(count)}`,
      since(refresh, before?.encoded.refresh),
    );
    this.#draw();
  }

  /** A suggestion that came; `waited` is what the user saw of it, from the key on. */
  answer({ timing, tokens: counts }, waited) {
    if (counts.passes === 0) {
      this.#add("decode", () => "Suggested out of memory", 0, timing.total_ms);
    } else {
      this.#add("decode", (count) => `Decoded: ${tokens(count)}`, counts.generated, timing.decode_ms);
    }
    this.#add("answer", () => "From the request to the ghost text", 0, waited);
    this.#draw();
  }

  /** Passes of one kind that follow each other are one row. */
  #grow(kind, what, { tokens: count, ms }) {
    if (count <= 0) return;
    const newest = this.#rows[0];
    if (newest?.kind !== kind) return this.#add(kind, what, count, ms);
    newest.tokens += count;
    newest.ms += ms;
  }

  #add(kind, what, count, ms) {
    this.#rows.unshift({ kind, what, tokens: count, ms });
    this.#rows.splice(MOST_ROWS);
  }

  #draw() {
    // What goes on for long in the background would make the rest look like nothing.
    const measured = this.#rows.filter(({ kind }) => kind !== "opening" && kind !== "refresh");
    const scale = Math.max(LEAST_SCALE, ...measured.map(({ ms }) => ms));
    this.#list.replaceChildren(
      ...this.#rows.map((row) => {
        const item = document.createElement("li");
        item.className = row.kind;
        const part = (name, text) => {
          const element = document.createElement("span");
          element.className = name;
          element.textContent = text;
          item.append(element);
          return element;
        };
        part("what", row.what(row.tokens));
        const bar = document.createElement("i");
        bar.style.width = `${Math.min(100, (100 * row.ms) / scale)}%`;
        part("bar", "").append(bar);
        part("ms", milliseconds(row.ms));
        return item;
      }),
    );
  }
}
