// Bundles the extension, its tests and its tools, each into one file for Node.
//
//   node esbuild.mjs [extension] [tests] [tools]      (default: extension)

import { readdirSync } from 'node:fs';
import { build } from 'esbuild';

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['extension'];
const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning', sourcemap: false };

if (wanted.includes('extension')) {
  await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    format: 'cjs',
    external: ['vscode'],
    minify: true,
    legalComments: 'linked',
  });
}
if (wanted.includes('tests')) {
  await build({
    ...common,
    entryPoints: readdirSync('test').map((name) => `test/${name}`),
    outdir: 'dist/test',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
  });
}
if (wanted.includes('tools')) {
  await build({
    ...common,
    entryPoints: ['tools/contribute.ts'],
    outdir: 'dist/tools',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
  });
}
