/** A place in a text as it was at some version. Counts from 0, characters in UTF-16. */
export interface Place {
  uri: string;
  version: number;
  line: number;
  character: number;
}

export function isSamePlace(one: Place | undefined, other: Place | undefined): boolean {
  return (
    one !== undefined &&
    other !== undefined &&
    one.uri === other.uri &&
    one.version === other.version &&
    one.line === other.line &&
    one.character === other.character
  );
}
