/** What `inspect` of Visual Studio Code's configuration tells of a setting, of what matters here. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/**
 * The settings that somebody has set, by their names with dots, as the server reads them. What nobody
 * has set is left to the server, which knows its command line and its own defaults.
 *
 * `languages` is left out: the server is not told of documents that are switched off in the first place,
 * and names some languages otherwise than Visual Studio Code does.
 */
export function explicitSettings(
  names: readonly string[],
  inspect: (name: string) => Inspected | undefined,
  value: (name: string) => unknown,
): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const name of names) {
    if (name !== 'languages' && isSet(inspect(name))) settings[name] = value(name);
  }
  return settings;
}

function isSet(inspected: Inspected | undefined): boolean {
  return (
    inspected !== undefined &&
    [inspected.globalValue, inspected.workspaceValue, inspected.workspaceFolderValue].some(
      (value) => value !== undefined,
    )
  );
}
