// Waiting for what is to become true: as long as a slow machine needs, and no longer.

import { setTimeout as sleep } from 'node:timers/promises';
import assert from 'node:assert/strict';

/** Milliseconds until a condition that does not come true is a failure. */
export const patience = Number(process.env.NEXTLINE_PATIENCE ?? 60_000);

/** Waits until `read` returns something that `isWanted`, and returns it. */
export async function becomes(what, read, isWanted = Boolean) {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await read();
    if (isWanted(found)) return found;
    if (Date.now() > deadline) assert.fail(`${what}: it is still ${JSON.stringify(found)}`);
    await sleep(30);
  }
}

/** Waits until `read` returns `wanted`. */
export async function becomesEqual(what, read, wanted) {
  await becomes(`${what}, wanted ${JSON.stringify(wanted)}`, read, (found) => found === wanted);
}

/** Looks several times, for as long as what must not happen would take. */
export async function stays(what, read, isWanted, milliseconds = 1000) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    const found = await read();
    assert.ok(isWanted(found), `${what}: it became ${JSON.stringify(found)}`);
    await sleep(30);
  }
}

export { sleep };
