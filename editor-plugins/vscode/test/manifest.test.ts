import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { contributedProperties, restrictedSettings, serverSettings } from '../src/settingsTable';

interface Manifest {
  contributes: {
    commands: { command: string }[];
    keybindings: { command: string }[];
    configuration: { properties: Record<string, unknown> };
    walkthroughs: { steps: { description: string; media: { markdown: string } }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const commands = manifest.contributes.commands.map(({ command }) => command);

/** The settings of the server's documentation, each with its default. */
function documentedSettings(): Map<string, unknown> {
  const folder = process.env['NEXTLINE_DOCS'] ?? '../../docs';
  const text = readFileSync(path.join(folder, 'language-server.md'), 'utf8');
  const table = /\n\| setting \| default \|[\s\S]*?\n\n/.exec(text)?.[0] ?? '';
  const number = (cell: string): string => cell.replaceAll(',', '');
  return new Map(
    [...table.matchAll(/^\| `([^`]+)` \| `?([^|`]+?)`? \|/gm)].map(([, name = '', value = '']) => [
      name,
      JSON.parse(/^[\d,]+$/.test(value) ? number(value) : value) as unknown,
    ]),
  );
}

test('the server’s settings are those of its documentation, with its defaults', () => {
  assert.deepEqual(
    new Map(serverSettings.map(({ name, schema }) => [name, schema.default])),
    documentedSettings(),
  );
});

test('package.json has the settings of the table: npm run contribute', () => {
  assert.deepEqual(manifest.contributes.configuration.properties, contributedProperties());
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, restrictedSettings());
});

test('each command that is declared is registered, and none besides', () => {
  const source = readFileSync('src/commands.ts', 'utf8');
  const table = /const all: [^{]*\{\n([\s\S]*?)\n {2}\};/.exec(source)?.[1] ?? '';
  const registered = [...table.matchAll(/^ {4}(\w+)/gm)].map(([, name]) => `nextline.${name}`);
  assert.deepEqual(commands.sort(), registered.sort());
});

test('keys and the walkthrough call commands that there are', () => {
  const steps = manifest.contributes.walkthroughs.flatMap(({ steps }) => steps);
  const linked = steps.flatMap(({ description }) => [...description.matchAll(/command:([\w.]+)/g)].map(([, id]) => id));
  const bound = manifest.contributes.keybindings.map(({ command }) => command);
  for (const id of [...linked, ...bound]) {
    if (id?.startsWith('nextline.')) assert.ok(commands.includes(id), id);
  }
  assert.ok(linked.length > 0);
  for (const { media } of steps) assert.notEqual(readFileSync(media.markdown, 'utf8'), '');
});
