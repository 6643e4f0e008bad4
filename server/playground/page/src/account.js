/** What edits cost, beside what a full recompute would have. */

const BURST_MS = 700; // Edits that follow each other so soon are one matter.
const FEWEST_MEASURED = 24; // A pass over fewer tokens says little about the rate of many.

const number = (value) => value.toLocaleString("en");

export function milliseconds(ms) {
  if (ms >= 100_000) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 10) return `${ms.toFixed(0)} ms`;
  return ms >= 1 ? `${ms.toFixed(1)} ms` : `${(ms * 1000).toFixed(0)} µs`;
}

const total = ({ opening, changes, refresh }) => ({
  tokens: opening.tokens + changes.tokens + refresh.tokens,
  ms: opening.ms + changes.ms + refresh.ms,
});

export class Account {
  #elements;
  #last = null;
  #rate = null; // Milliseconds per token of the best pass so far; null: none has been measured.
  #edits = 0;
  #prompts = 0; // Tokens of all prompts since the account was opened.
  #editedAt = -Infinity;
  #baseline = null;

  /** Elements: verdict, ownBar, ownCost, fullBar, fullCost. */
  constructor(elements) {
    this.#elements = elements;
  }

  /** Takes an edit; whether it begins a new account. */
  edit() {
    const now = performance.now();
    const begins = now - this.#editedAt > BURST_MS;
    this.#editedAt = now;
    if (!this.#last) return begins;
    if (begins) {
      this.#edits = 0;
      this.#prompts = 0;
      this.#baseline = this.#last.encoded.changes;
    }
    ++this.#edits;
    this.#prompts += this.#last.prompt;
    return begins;
  }

  /** A server that has come back counts anew. */
  forget() {
    this.#last = null;
    this.#edits = 0;
  }

  take(report) {
    if (this.#last) {
      const before = total(this.#last.encoded);
      const after = total(report.encoded);
      const tokens = after.tokens - before.tokens;
      if (tokens >= FEWEST_MEASURED) {
        this.#rate = Math.min(this.#rate ?? Infinity, (after.ms - before.ms) / tokens);
      }
    }
    this.#last = report;
    if (this.#edits > 0)
      this.#show(
        report.encoded.changes,
        report.spans.some(({ state }) => state === "missing"),
      );
  }

  #show(changes, hasMissing) {
    const { verdict, ownBar, ownCost, fullBar, fullCost } = this.#elements;
    const tokens = changes.tokens - this.#baseline.tokens;
    const ms = changes.ms - this.#baseline.ms;
    const isBurst = this.#edits > 1;
    verdict.replaceChildren(isBurst ? `${number(this.#edits)} edits: ` : "");
    if (tokens === 0) {
      verdict.append(hasMissing ? "…" : "Nothing had to be encoded: what came is still there.");
    } else {
      const own = document.createElement("b");
      own.textContent = `${number(tokens)} ${tokens === 1 ? "token" : "tokens"}`;
      const times = Math.round(this.#prompts / tokens);
      const each = `, ${(tokens / this.#edits).toFixed(1)} for each.`;
      const fewer = times > 1 ? `, ${number(times)} times fewer than a full recompute.` : ".";
      verdict.append(own, " had to be encoded", isBurst ? each : fewer);
    }
    ownBar.style.width = `${Math.min(100, (100 * tokens) / this.#prompts)}%`;
    ownCost.textContent = `${number(tokens)} tokens · ${tokens === 0 ? "0 ms" : milliseconds(ms)}`;
    fullBar.style.width = "100%";
    const atRate = this.#rate === null ? "" : ` · ≈ ${milliseconds(this.#prompts * this.#rate)}`;
    fullCost.textContent = `${number(this.#prompts)} tokens${atRate}`;
  }
}
