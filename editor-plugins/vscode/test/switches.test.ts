import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOn, whyOff, withLanguageToggled, type Switches } from '../src/switches';

const on = (languages: Record<string, unknown> = {}): Switches => ({ enabled: true, languages });
const python = { scheme: 'file', language: 'python' };

test('all languages are on unless something is said', () => {
  assert.equal(whyOff(on(), python), undefined);
});

test('a language has its own switch, else that of all others', () => {
  assert.equal(isOn(on({ python: false }), 'python'), false);
  assert.equal(isOn(on({ '*': false }), 'python'), false);
  assert.equal(isOn(on({ '*': false, python: true }), 'python'), true);
});

test('what is no flag says nothing', () => {
  assert.equal(isOn(on({ python: 'no', '*': null }), 'python'), true);
  assert.equal(isOn(on(), 'constructor'), true);
});

test('it is said why nothing is done', () => {
  assert.equal(whyOff({ ...on(), enabled: false }, python), 'Nextline is switched off.');
  assert.equal(whyOff(on({ python: false }), python), 'Nextline is switched off for python.');
  assert.match(whyOff(on(), { scheme: 'git', language: 'python' }) ?? '', /not what is 'git:'/);
});

test('toggling twice leaves what was said', () => {
  for (const languages of [{}, { '*': false }, { go: false }]) {
    const once = withLanguageToggled(on(languages), 'python');
    assert.notEqual(isOn(on(once), 'python'), isOn(on(languages), 'python'));
    assert.deepEqual(withLanguageToggled(on(once), 'python'), languages);
  }
});
