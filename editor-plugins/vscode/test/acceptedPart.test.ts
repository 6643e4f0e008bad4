import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedUnits } from '../src/acceptedPart';

test('a word that was accepted is counted', () => {
  assert.equal(acceptedUnits('return a + b', 'return '), 7);
});

test('units are those of UTF-16', () => {
  assert.equal(acceptedUnits('"🙂" + b', '"🙂"'), 4);
});

test('line breaks are counted as the suggestion has them, whatever the document has', () => {
  assert.equal(acceptedUnits('a\r\nb', 'a\r\nb'), 4);
  assert.equal(acceptedUnits('a\r\nb', 'a\nb'), 4);
  assert.equal(acceptedUnits('a\nb', 'a\r\nb'), 3);
});

test('nothing, or something else, is no part', () => {
  assert.equal(acceptedUnits('return a', ''), undefined);
  assert.equal(acceptedUnits('return a', 'return b'), undefined);
  assert.equal(acceptedUnits('return a', 'return a + b'), undefined);
});
