import * as path from 'node:path';

/** Where a server may be, and how to look there. */
export interface ServerPlaces {
  /** What the user has set; empty if nothing. */
  configured: string;
  extensionFolder: string;
  home: string;
  /** The folders of PATH, as the environment has them. */
  searchPath: string;
  isProgram(file: string): boolean;
}

export type FoundServer = { program: string } | { problem: string };

/**
 * The server to start: what the user has set, else the one that came with the extension, else the
 * one on the PATH. What is set and not there is a problem, and no reason to take another.
 */
export function findServer(places: ServerPlaces): FoundServer {
  const configured = places.configured.trim();
  if (configured !== '') {
    const program = configured.startsWith('~/') ? path.join(places.home, configured.slice(2)) : configured;
    if (!program.includes('/')) return findOnPath(program, places);
    return places.isProgram(program)
      ? { program }
      : { problem: `The setting 'nextline.server.path' names ${program}, which is no program.` };
  }
  const packaged = path.join(places.extensionFolder, 'bin', 'nextline');
  if (places.isProgram(packaged)) return { program: packaged };
  return findOnPath('nextline', places);
}

function findOnPath(name: string, places: ServerPlaces): FoundServer {
  for (const folder of places.searchPath.split(path.delimiter)) {
    if (folder === '') continue;
    const program = path.join(folder, name);
    if (places.isProgram(program)) return { program };
  }
  return { problem: `There is no program '${name}' on this machine's PATH.` };
}
