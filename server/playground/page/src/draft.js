import { milliseconds } from "./account.js";

const MOST_UNSAID = 10; // Tokens of a pass that were drafted in vain, shown.

/** Blanks that would not be seen; of many, how many they are. */
const visible = (text) =>
  text
    .replaceAll(/ {4,}/g, ({ length }) => `·×${length}`)
    .replaceAll(" ", "·")
    .replaceAll("\n", "⏎")
    .replaceAll("\t", "⇥");

function chip(text, name, says) {
  const element = document.createElement("span");
  element.className = `token ${name}`;
  element.textContent = text;
  element.title = says;
  return element;
}

/** A pass: the token that was known, those that were drafted and said, those that were drafted in vain. */
function groupOf({ ms, tokens }) {
  const item = document.createElement("li");
  item.title = `One pass, ${milliseconds(ms)}`;
  const [known, ...drafted] = tokens;
  const said = drafted.filter((token) => token.said);
  const unsaid = drafted.filter((token) => !token.said);
  item.append(chip(visible(known.text), "known", "The model chose it before this pass"));
  for (const { text } of said)
    item.append(chip(visible(text), "said", "Drafted, and the model says it, too"));
  for (const { text } of unsaid.slice(0, MOST_UNSAID))
    item.append(chip(visible(text), "unsaid", "Drafted in vain"));
  if (unsaid.length > MOST_UNSAID)
    item.append(chip(`+${unsaid.length - MOST_UNSAID}`, "unsaid", "Drafted in vain"));
  return item;
}

/** Shows what was drafted for a suggestion, and what of that the model said itself. */
export function showDraft({ summary, passes }, { tokens, drafts = [] }) {
  passes.replaceChildren(...drafts.map(groupOf));
  if (tokens.passes === 0) {
    summary.textContent = "It was known already, from the suggestion before or made ahead: no pass at all.";
  } else if (tokens.drafted === 0) {
    summary.textContent = `${tokens.generated} tokens, none of them drafted: a pass for each.`;
  } else {
    summary.textContent =
      `${tokens.accepted} of ${tokens.drafted} drafted tokens were what the model says; ` +
      `${tokens.generated} tokens took ${drafts.length} ${drafts.length === 1 ? "pass" : "passes"}.`;
  }
}
