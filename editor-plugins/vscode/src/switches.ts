/** For which documents anything is done. */
export interface Switches {
  enabled: boolean;
  /** By the language's identifier; "*" is any that is not named. */
  languages: Readonly<Record<string, unknown>>;
}

/** The documents that are looked at: files, and those that are to become files. */
export const documentSchemes: readonly string[] = ['file', 'untitled'];

/** Why nothing is done for a document, as a sentence; undefined if something is. */
export function whyOff(switches: Switches, document: { scheme: string; language: string }): string | undefined {
  if (!switches.enabled) return 'Nextline is switched off.';
  if (!documentSchemes.includes(document.scheme)) {
    return `Nextline completes files and new documents, and not what is '${document.scheme}:'.`;
  }
  return isOn(switches, document.language) ? undefined : `Nextline is switched off for ${document.language}.`;
}

export function isOn(switches: Switches, language: string): boolean {
  const own = Object.hasOwn(switches.languages, language) ? switches.languages[language] : undefined;
  if (typeof own === 'boolean') return own;
  return switches.languages['*'] !== false;
}

/** The setting `languages` with one language switched the other way, and nothing said that need not be. */
export function withLanguageToggled(switches: Switches, language: string): Record<string, unknown> {
  const { [language]: _, ...others } = switches.languages;
  const wanted = !isOn(switches, language);
  const isSaid = isOn({ ...switches, languages: others }, language) === wanted;
  return isSaid ? others : { ...others, [language]: wanted };
}
