import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { CancellationToken, LogOutputChannel } from 'vscode';
import { LineReader, parseProgressLine, type Progress } from './progressLine';

/** A model of the server's catalogue. */
export interface Model {
  name: string;
  bytes: number;
  licence: string;
  present: boolean;
  default: boolean;
}

/** How a fetch ended. */
export type Fetched = { kind: 'fetched' } | { kind: 'cancelled' } | { kind: 'failed'; message: string };

/** The models that the server knows, asked of its program. Throws if that cannot tell. */
export async function listModels(program: string): Promise<Model[]> {
  const { stdout } = await promisify(execFile)(program, ['models', 'list', '--json'], { timeout: 20_000 });
  return (JSON.parse(stdout) as { models: Model[] }).models;
}

/** Fetches a model with the server's program. What a cancelled fetch leaves is continued by the next one. */
export function fetchModel(
  program: string,
  name: string,
  log: LogOutputChannel,
  cancelled: CancellationToken,
  show: (progress: Progress) => void,
): Promise<Fetched> {
  return new Promise((resolve) => {
    const child = spawn(program, ['models', 'fetch', name, '--json', '--progress-lines'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = cancelled.onCancellationRequested(() => child.kill('SIGINT'));
    let answer = '';
    const lines = new LineReader((line) => {
      const progress = parseProgressLine(line);
      if (progress === undefined) log.info(line);
      else show(progress);
    });
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
    child.stderr.setEncoding('utf8').on('data', (piece: string) => lines.feed(piece));
    child.on('error', (error) => {
      stop.dispose();
      resolve({ kind: 'failed', message: error.message });
    });
    child.on('close', (status) => {
      stop.dispose();
      lines.end();
      if (status === 0) resolve({ kind: 'fetched' });
      else if (cancelled.isCancellationRequested) resolve({ kind: 'cancelled' });
      else resolve({ kind: 'failed', message: errorIn(answer) ?? `The fetch of ${name} ended with ${status}.` });
    });
  });
}

function errorIn(answer: string): string | undefined {
  try {
    const { error } = JSON.parse(answer) as { error?: unknown };
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
