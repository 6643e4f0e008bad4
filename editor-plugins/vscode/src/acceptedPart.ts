/**
 * How much of a suggestion stands in the text: `inDocument` is what the text has from where the suggestion
 * begins to the cursor. In UTF-16 units of the suggestion; undefined if something else stands there.
 *
 * The editor writes line breaks as the document has them, whatever the suggestion has.
 */
export function acceptedUnits(suggestion: string, inDocument: string): number | undefined {
  const wanted = inDocument.replaceAll('\r\n', '\n');
  if (wanted === '' || !suggestion.replaceAll('\r\n', '\n').startsWith(wanted)) return undefined;
  let units = 0;
  for (let seen = 0; seen < wanted.length; ++seen) {
    units += suggestion.startsWith('\r\n', units) ? 2 : 1;
  }
  return units;
}
