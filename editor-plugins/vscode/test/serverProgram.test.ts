import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServer, type ServerPlaces } from '../src/serverProgram';

function places(programs: string[], configured = ''): ServerPlaces {
  return {
    configured,
    extensionFolder: '/extension',
    home: '/home/ada',
    searchPath: '/usr/bin::/opt/bin',
    isProgram: (file) => programs.includes(file),
  };
}

test('what is set comes first, then what came along, then the PATH', () => {
  const all = ['/set/nextline', '/extension/bin/nextline', '/opt/bin/nextline'];
  assert.deepEqual(findServer(places(all, '/set/nextline')), { program: '/set/nextline' });
  assert.deepEqual(findServer(places(all)), { program: '/extension/bin/nextline' });
  assert.deepEqual(findServer(places(['/opt/bin/nextline'])), { program: '/opt/bin/nextline' });
});

test('what is set may begin at home, or be a name', () => {
  assert.deepEqual(findServer(places(['/home/ada/bin/n'], '~/bin/n')), { program: '/home/ada/bin/n' });
  assert.deepEqual(findServer(places(['/usr/bin/n'], 'n')), { program: '/usr/bin/n' });
});

test('what is set and not there is a problem, whatever else there is', () => {
  const found = findServer(places(['/opt/bin/nextline'], '/set/nextline'));
  assert.match('problem' in found ? found.problem : '', /names \/set\/nextline/);
});

test('nothing found is a problem', () => {
  assert.match(JSON.stringify(findServer(places([]))), /no program 'nextline'/);
});
