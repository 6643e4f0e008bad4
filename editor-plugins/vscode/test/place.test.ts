import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSamePlace } from '../src/place';

const place = { uri: 'file:///a.py', version: 3, line: 1, character: 4 };

test('a place is the same only in the same text', () => {
  assert.equal(isSamePlace(place, { ...place }), true);
  for (const change of [{ uri: 'file:///b.py' }, { version: 4 }, { line: 2 }, { character: 5 }]) {
    assert.equal(isSamePlace(place, { ...place, ...change }), false, JSON.stringify(change));
  }
  assert.equal(isSamePlace(undefined, undefined), false);
});
