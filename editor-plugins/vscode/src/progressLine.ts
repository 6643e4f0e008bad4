/** How far a fetch is, as `nextline models fetch --progress-lines` tells. */
export interface Progress {
  task: string;
  /** Bytes. */
  done: number;
  total: number;
}

/** Reads a line of standard error; undefined if it is another one, which is for the log. */
export function parseProgressLine(line: string): Progress | undefined {
  if (!line.startsWith('{')) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof read !== 'object' || read === null) return undefined;
  const { task, done, total } = read as Record<string, unknown>;
  if (typeof task !== 'string' || typeof done !== 'number' || typeof total !== 'number') return undefined;
  return total > 0 ? { task, done: Math.min(Math.max(done, 0), total), total } : undefined;
}

/** Cuts lines out of what arrives in pieces. */
export class LineReader {
  private rest = '';

  constructor(private readonly take: (line: string) => void) {}

  feed(piece: string): void {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.take(line);
  }

  end(): void {
    if (this.rest !== '') this.take(this.rest);
    this.rest = '';
  }
}

/** Makes of amounts the steps of a bar of a hundred, which can only go forward. */
export class Hundredths {
  private shown = 0;
  private task = '';

  /** What to show, and by how much to move the bar on. A second task, a check, has no bar of its own. */
  step(progress: Progress): { message: string; increment: number } {
    if (this.task === '') this.task = progress.task;
    const megabytes = (bytes: number): string => Math.round(bytes / 1e6).toString();
    const message = `${progress.task}: ${megabytes(progress.done)} of ${megabytes(progress.total)} MB`;
    if (progress.task !== this.task) return { message, increment: 0 };
    const reached = Math.floor((100 * progress.done) / progress.total);
    const increment = Math.max(0, reached - this.shown);
    this.shown += increment;
    return { message, increment };
  }
}
