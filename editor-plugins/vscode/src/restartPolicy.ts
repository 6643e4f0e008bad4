/** What becomes of a server that has ended by itself. */
export interface Verdict {
  restart: boolean;
  /** What the user is told; undefined: nothing, because it has been told. */
  told: string | undefined;
}

/**
 * A server that ends by itself is started again, and the user told the first time. One that ends again
 * and again within minutes has a reason to, and is left.
 */
export class RestartPolicy {
  private readonly ends: number[] = [];
  private hasTold = false;

  constructor(
    private readonly now: () => number = Date.now,
    private readonly mostRestarts = 4,
    private readonly withinMilliseconds = 180_000,
  ) {}

  serverEnded(): Verdict {
    const now = this.now();
    this.ends.push(now);
    while (this.ends[0] !== undefined && now - this.ends[0] > this.withinMilliseconds) this.ends.shift();
    if (this.ends.length > this.mostRestarts) {
      return {
        restart: false,
        told: `Nextline's server has ended ${this.ends.length} times by itself and is not started again.`,
      };
    }
    const told = this.hasTold ? undefined : "Nextline's server has ended by itself. It is being started again.";
    this.hasTold = true;
    return { restart: true, told };
  }

  /** The user has started it: what was before does not count. */
  forget(): void {
    this.ends.length = 0;
    this.hasTold = false;
  }
}
