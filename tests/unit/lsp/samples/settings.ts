// Settings with defaults, read from several places.
import type { Reader } from './reader';

export type Value = string | number | boolean | Value[];

export interface Source {
  readonly name: string;
  read(key: string): Promise<Value | undefined>;
}

enum Level {
  Default,
  User = 10,
  Workspace,
}

abstract class Base<T extends Source> {
  protected constructor(private readonly sources: ReadonlyArray<T>) {}
  abstract level(source: T): Level;

  async find(key: string, fallback?: Value): Promise<Value | undefined> {
    for (const source of this.sources) {
      const value = await source.read(key);
      if (value !== undefined) {
        return value;
      }
    }
    return fallback;
  }
}

export class Settings extends Base<Source> {
  static readonly separator = '.';
  private known = new Map<string, Value>();

  constructor(sources: Source[], private reader: Reader) {
    super(sources);
  }

  level(source: Source): Level {
    return source.name === 'user' ? Level.User : Level.Workspace;
  }

  remember<K extends string>(key: K, value: Value): void {
    const path = [`${key}`, ...key.split(Settings.separator)];
    path.forEach((part, i) => this.known.set(`${i}:${part}`, value));
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

namespace Keys {
  export const theme = 'editor.theme' as const;
}

export const texts = (values: Value[]): string[] => values.filter(isText);
