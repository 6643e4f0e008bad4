import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartPolicy } from '../src/restartPolicy';

function policyAt(clock: { now: number }): RestartPolicy {
  return new RestartPolicy(() => clock.now, 2, 100);
}

test('the first end is told, and all are followed by a start', () => {
  const policy = policyAt({ now: 0 });
  const first = policy.serverEnded();
  assert.equal(first.restart, true);
  assert.match(first.told ?? '', /started again/);
  assert.deepEqual(policy.serverEnded(), { restart: true, told: undefined });
});

test('a server that ends again and again is left, which is told', () => {
  const policy = policyAt({ now: 0 });
  policy.serverEnded();
  policy.serverEnded();
  const last = policy.serverEnded();
  assert.equal(last.restart, false);
  assert.match(last.told ?? '', /3 times/);
});

test('ends that lie long ago do not count', () => {
  const clock = { now: 0 };
  const policy = policyAt(clock);
  for (const now of [0, 60, 120, 180, 240]) {
    clock.now = now;
    assert.equal(policy.serverEnded().restart, true, `at ${now}`);
  }
});

test('what was before the user started it does not count', () => {
  const policy = policyAt({ now: 0 });
  for (let end = 0; end < 3; ++end) policy.serverEnded();
  policy.forget();
  assert.match(policy.serverEnded().told ?? '', /started again/);
});
