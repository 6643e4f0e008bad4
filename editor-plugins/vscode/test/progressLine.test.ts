import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hundredths, LineReader, parseProgressLine } from '../src/progressLine';

test('a line of progress is read', () => {
  assert.deepEqual(parseProgressLine('{"task": "Fetching m", "done": 5, "total": 10}'), {
    task: 'Fetching m',
    done: 5,
    total: 10,
  });
});

test('other lines are none', () => {
  for (const line of ['', 'nextline: no network', '{', '{}', '[1]', '{"task": 1, "done": 1, "total": 1}']) {
    assert.equal(parseProgressLine(line), undefined, line);
  }
  assert.equal(parseProgressLine('{"task": "t", "done": 0, "total": 0}'), undefined);
});

test('amounts beyond the end are the end', () => {
  assert.equal(parseProgressLine('{"task": "t", "done": 11, "total": 10}')?.done, 10);
});

test('lines may arrive in pieces', () => {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line));
  for (const piece of ['on', 'e\ntw', 'o\n\nthree']) reader.feed(piece);
  assert.deepEqual(lines, ['one', 'two', '']);
  reader.end();
  assert.deepEqual(lines.at(-1), 'three');
});

test('the bar goes on, never back, and ends where the first task does', () => {
  const bar = new Hundredths();
  const at = (done: number, task = 'Fetching m'): number => bar.step({ task, done: done * 1e6, total: 200e6 }).increment;
  assert.deepEqual([at(0), at(50), at(40), at(60), at(200), at(100, 'Checking m')], [0, 25, 0, 5, 70, 0]);
});

test('a step says how far it is', () => {
  assert.equal(
    new Hundredths().step({ task: 'Fetching m', done: 49e6, total: 491_400_064 }).message,
    'Fetching m: 49 of 491 MB',
  );
});
