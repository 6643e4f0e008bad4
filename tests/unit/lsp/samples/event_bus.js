// Events by name, with listeners that may be called once.
import { strict as assert } from 'node:assert';

const LONGEST_NAME = 64;
const isName = (name) => /^[a-z][\w/'"]*$/.test(name) && name.length <= LONGEST_NAME;

export class EventBus {
  #listeners = new Map();
  emitted = 0;

  on(name, listener, { once = false } = {}) {
    assert(isName(name), `no name: ${JSON.stringify({ name })}`);
    const of_name = this.#listeners.get(name) ?? [];
    of_name.push({ listener, once });
    this.#listeners.set(name, of_name);
    return () => this.off(name, listener);
  }

  off(name, listener) {
    const kept = (this.#listeners.get(name) ?? []).filter((each) => each.listener !== listener);
    this.#listeners.set(name, kept);
  }

  async emit(name, ...values) {
    const of_name = this.#listeners.get(name);
    if (!of_name) return false;
    for (const { listener, once } of [...of_name]) {
      try {
        await listener(...values);
      } catch (error) {
        console.error(`listener of ${name} failed: ${error.message ?? 'no reason'}`);
      }
      if (once) {
        this.off(name, listener);
      }
    }
    this.emitted += 1;
    return true;
  }

  *names() {
    for (const [name, listeners] of this.#listeners) {
      if (listeners.length > 0) yield name;
    }
  }
}

export function bridge(from, to, names) {
  /* Each event of the one becomes one of the other. */
  const stop = names.map((name) => from.on(name, (...values) => to.emit(name, ...values)));
  return () => stop.forEach((each) => each());
}

export default new EventBus();
