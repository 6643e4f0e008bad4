import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownStatus, type Situation } from '../src/status';

const ready: Situation = { server: { kind: 'ready' }, off: undefined, isThinking: false, last: undefined };

function shown(changes: Partial<Situation>): string {
  const { text, tooltip, severity } = shownStatus({ ...ready, ...changes });
  return [text, severity, ...tooltip].join(' | ');
}

test('it is ready, or thinking', () => {
  assert.equal(shown({}), '$(sparkle) Nextline | normal | Ready.');
  assert.equal(shown({ isThinking: true }), '$(sync~spin) Nextline | normal | Thinking.');
});

test('it says how long the last suggestion took', () => {
  const last = { milliseconds: 123.4, tokensEncoded: 1, passes: 3 };
  assert.match(shown({ last }), /came after 123 ms; 1 token of the text had to be computed\.$/);
  assert.match(shown({ last: { ...last, milliseconds: 2.34, passes: 0 } }), /came after 2\.3 ms, out of memory\.$/);
});

test('it says how far the model is', () => {
  assert.match(shown({ server: { kind: 'loading', message: 'Loading m' } }), /spin.*Loading m\./);
});

test('it says where it is off and why, whatever the server does', () => {
  assert.match(shown({ off: 'Nextline is switched off for go.' }), /circle-slash.*for go\./);
  assert.match(shown({ server: { kind: 'starting' }, off: 'Off.' }), /Off\./);
});

test('what is wrong is more than what is off', () => {
  assert.match(shown({ server: { kind: 'failed', message: 'Gone.' }, off: 'Off.' }), /error \| Gone\./);
  assert.match(shown({ server: { kind: 'needsModel', model: 'm' } }), /warning \| The model m/);
});
