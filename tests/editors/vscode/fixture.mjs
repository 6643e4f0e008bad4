// What the tests of the extension start from.

import path from 'node:path';
import { modelPath, repository } from './code_server.mjs';

export const vsix = process.env.NEXTLINE_VSIX;

/**
 * The real server with a small model, and what writes down between the two. Nothing is held back that the
 * model is unsure of.
 */
export const settings = {
  'nextline.server.path': path.join(repository, 'tests/editors/vscode/server_between.mjs'),
  'nextline.server.arguments': ['--no-share', '--least-confidence', '0'],
  'nextline.server.model': modelPath('smollm2-135m-instruct-q4_1'),
  'nextline.extent': 'automatic',
};
