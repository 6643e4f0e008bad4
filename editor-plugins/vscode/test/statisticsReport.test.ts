import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statisticsPage } from '../src/statisticsReport';

const none = { shown: 0, accepted: 0, partly_accepted: 0, accepted_characters: 0 };

test('the page has the sentences, and the languages in which something was shown', () => {
  const page = statisticsPage({
    sentences: ['Today: 3 requests.', 'All: 9 requests.'],
    all: {
      languages: {
        go: { ...none, shown: 1, accepted: 1, accepted_characters: 5 },
        python: { shown: 4, accepted: 1, partly_accepted: 2, accepted_characters: 60 },
        lua: none,
      },
    },
  });
  assert.match(page, /- Today: 3 requests\.\n- All: 9 requests\./);
  assert.match(page, /\| python \| 4 \| 3 \| 60 \|\n\| go \| 1 \| 1 \| 5 \|/);
  assert.doesNotMatch(page, /lua/);
});

test('where nothing was shown there is no table', () => {
  assert.doesNotMatch(statisticsPage({ sentences: [], all: { languages: {} } }), /\|/);
});
