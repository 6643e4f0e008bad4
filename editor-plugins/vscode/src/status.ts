/** How the server is. */
export type ServerState =
  | { kind: 'idle' }
  | { kind: 'starting' }
  | { kind: 'loading'; message: string }
  | { kind: 'ready' }
  | { kind: 'needsModel'; model: string }
  | { kind: 'failed'; message: string };

/** What the last suggestion took. */
export interface LastCompletion {
  /** From the request to the answer, in milliseconds. */
  milliseconds: number;
  tokensEncoded: number;
  passes: number;
}

export interface Situation {
  server: ServerState;
  /** Why nothing is done for the document that is edited; undefined if something is. */
  off: string | undefined;
  /** An answer is awaited. */
  isThinking: boolean;
  last: LastCompletion | undefined;
}

export interface Shown {
  text: string;
  /** Sentences. */
  tooltip: string[];
  severity: 'normal' | 'warning' | 'error';
}

/** What the status bar shows. */
export function shownStatus(situation: Situation): Shown {
  const { server, off, isThinking, last } = situation;
  const told = last === undefined ? [] : [describe(last)];
  const normal = (icon: string, ...tooltip: string[]): Shown => ({
    text: `$(${icon}) Nextline`,
    tooltip,
    severity: 'normal',
  });
  if (server.kind === 'failed') return { ...normal('error', server.message), severity: 'error' };
  if (server.kind === 'needsModel') {
    return { ...normal('cloud-download', `The model ${server.model} is to be fetched first.`), severity: 'warning' };
  }
  if (off !== undefined) return normal('circle-slash', off);
  switch (server.kind) {
    case 'idle':
      return normal('sparkle', 'The server starts with the first document.');
    case 'starting':
      return normal('loading~spin', 'The server is starting.');
    case 'loading':
      return normal('loading~spin', `${server.message}.`);
    case 'ready':
      return isThinking ? normal('sync~spin', 'Thinking.', ...told) : normal('sparkle', 'Ready.', ...told);
  }
}

function describe(last: LastCompletion): string {
  const milliseconds = last.milliseconds < 10 ? last.milliseconds.toFixed(1) : Math.round(last.milliseconds).toString();
  const took = `The last suggestion came after ${milliseconds} ms`;
  if (last.passes === 0) return `${took}, out of memory.`;
  const tokens = last.tokensEncoded === 1 ? '1 token' : `${last.tokensEncoded} tokens`;
  return `${took}; ${tokens} of the text had to be computed.`;
}
