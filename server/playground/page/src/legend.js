import { addCell, KINDS, number, paint, signed } from "./cells.js";

const SAMPLE = 13; // Pixels that a cell has here.

/** What the ribbon's cells mean, and how many there are of each kind. */
export class Legend {
  #entries = []; // { kind, sample, count }

  constructor(list) {
    for (const [kind, { label, means }] of Object.entries(KINDS)) {
      const sample = document.createElement("canvas");
      sample.width = sample.height = 2 * SAMPLE;
      sample.setAttribute("aria-hidden", "true");
      const count = document.createElement("b");
      count.dataset.kind = kind;
      const item = document.createElement("li");
      item.title = means;
      item.append(sample, `${label} `, count);
      list.append(item);
      this.#entries.push({ kind, sample, count });
    }
  }

  draw(colours) {
    for (const { kind, sample } of this.#entries) {
      const context = sample.getContext("2d");
      context.setTransform(2, 0, 0, 2, 0, 0);
      context.clearRect(0, 0, SAMPLE, SAMPLE);
      const path = new Path2D();
      addCell(path, kind, 0.5, 0.5, SAMPLE - 1);
      paint(context, kind, path, colours[kind]);
    }
  }

  /** Where all that moved did so by the same, `shift` is that; else null. */
  show(counts, shift) {
    for (const { kind, count } of this.#entries) {
      count.textContent = number(counts[kind]) + (kind === "shifted" && shift ? ` by ${signed(shift)}` : "");
    }
  }
}
