import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explicitSettings, type Inspected } from '../src/explicitSettings';

function explicit(set: Record<string, Inspected>): Record<string, unknown> {
  const names = ['enabled', 'languages', 'maxTokens', 'context.tokens'];
  return explicitSettings(
    names,
    (name) => set[name],
    (name) => set[name]?.workspaceValue ?? set[name]?.globalValue,
  );
}

test('what nobody has set is not said', () => {
  assert.deepEqual(explicit({}), {});
  assert.deepEqual(explicit({ maxTokens: {} }), {});
});

test('what is set is said, wherever it was set', () => {
  assert.deepEqual(
    explicit({ enabled: { globalValue: false }, 'context.tokens': { globalValue: 1, workspaceValue: 512 } }),
    { enabled: false, 'context.tokens': 512 },
  );
});

test('languages are the business of the extension', () => {
  assert.deepEqual(explicit({ languages: { globalValue: { go: false } } }), {});
});
