/** What `nextline.statistics` answers, of what is shown. */
export interface Statistics {
  sentences: string[];
  all: { languages: Record<string, Counts> };
}

export interface Counts {
  shown: number;
  accepted: number;
  partly_accepted: number;
  accepted_characters: number;
}

/** The server's statistics as a page of Markdown. */
export function statisticsPage(statistics: Statistics): string {
  const rows = Object.entries(statistics.all.languages)
    .filter(([, counts]) => counts.shown > 0 || counts.accepted > 0)
    .sort(([, one], [, other]) => other.accepted_characters - one.accepted_characters)
    .map(([language, counts]) => {
      const taken = counts.accepted + counts.partly_accepted;
      return `| ${language} | ${counts.shown} | ${taken} | ${counts.accepted_characters} |`;
    });
  const table = ['| language | shown | accepted | characters |', '|---|--:|--:|--:|', ...rows];
  return [
    '# Nextline: what became of suggestions',
    statistics.sentences.map((sentence) => `- ${sentence}`).join('\n'),
    ...(rows.length === 0 ? [] : ['## In all, by language', table.join('\n')]),
    'These are counts. They lie on this machine alone, for a year, and have nothing of any text.',
    'Visual Studio Code does not tell which suggestions it shows, nor what it accepts by word or line: ' +
      'that is inferred from what you do.',
  ].join('\n\n');
}
