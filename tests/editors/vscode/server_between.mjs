#!/usr/bin/env node
// Stands between the editor and the real server: writes down what both say, and holds answers back for as
// long as it is told to. In its folder are
//
//   messages.jsonl   a message a line: {"from": "editor" or "server", "message": …}
//   delay            milliseconds by which answers to textDocument/inlineCompletion come later; while it is
//                    there, the server is not told either of requests that are cancelled
//   server.pid       the real server's process, while it runs
//
// NEXTLINE_BETWEEN is the folder, NEXTLINE_BINARY the real server. What is not `serve` is handed on as it is.

import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messages, framed } from './framing.mjs';

const folder = process.env.NEXTLINE_BETWEEN;
const program = process.env.NEXTLINE_BINARY;
const args = process.argv.slice(2);

if (args[0] !== 'serve') {
  process.exit(spawnSync(program, args, { stdio: 'inherit' }).status ?? 1);
}

const note = (from, message) =>
  appendFileSync(path.join(folder, 'messages.jsonl'), JSON.stringify({ from, message }) + '\n');

function delay() {
  try {
    return Number(readFileSync(path.join(folder, 'delay'), 'utf8')) || 0;
  } catch {
    return 0;
  }
}

const server = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
writeFileSync(path.join(folder, 'server.pid'), String(server.pid));
server.on('exit', (status) => process.exit(status ?? 1));
server.stdin.on('error', () => {});

const asked = new Set();

const isHeldBack = (message) => message.method === '$/cancelRequest' && delay() > 0;

process.stdin.on('data', messages((message) => {
  note('editor', message);
  if (message.method === 'textDocument/inlineCompletion') asked.add(message.id);
  if (!isHeldBack(message)) server.stdin.write(framed(message));
}));
process.stdin.on('end', () => server.stdin.end());

server.stdout.on('data', messages((message) => {
  const pass = () => {
    note('server', message);
    process.stdout.write(framed(message));
  };
  const wait = message.method === undefined && asked.delete(message.id) ? delay() : 0;
  if (wait > 0) setTimeout(pass, wait);
  else pass();
}));
