import { Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, WidgetType, keymap } from "@codemirror/view";

/**
 * A suggestion at the cursor: { at, to, text, command }. Its text takes the place of what stands
 * from `at`, where the cursor is, to `to`. Null: there is none.
 */
export const showSuggestion = StateEffect.define();

class GhostText extends WidgetType {
  constructor(text) {
    super();
    this.text = text;
  }
  eq(other) {
    return other.text === this.text;
  }
  toDOM() {
    const element = document.createElement("span");
    element.className = "cm-ghost";
    element.textContent = this.text;
    return element;
  }
}

/** What is left of a suggestion after a change: what is typed along with it is no longer to come. */
function follow(suggestion, transaction) {
  if (!transaction.docChanged) {
    return transaction.state.selection.main.head === suggestion.at ? suggestion : null;
  }
  const inserted = [];
  transaction.changes.iterChanges((from, to, _first, _last, text) => {
    inserted.push(from === suggestion.at && to === from ? text.toString() : null);
  });
  const [typed, ...others] = inserted;
  if (!typed || others.length > 0) return null;
  if (!suggestion.text.startsWith(typed) || suggestion.text === typed) return null;
  return {
    ...suggestion,
    at: suggestion.at + typed.length,
    to: suggestion.to + typed.length,
    text: suggestion.text.slice(typed.length),
  };
}

const suggestionField = StateField.define({
  create: () => null,
  update(suggestion, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(showSuggestion)) return effect.value;
    }
    return suggestion && follow(suggestion, transaction);
  },
  provide: (field) =>
    EditorView.decorations.from(field, (suggestion) => {
      if (!suggestion) return Decoration.none;
      const { at, to, text } = suggestion;
      const ghost = Decoration.widget({ widget: new GhostText(text), side: 1 }).range(at);
      return Decoration.set(
        at < to ? [ghost, Decoration.mark({ class: "cm-replaced" }).range(at, to)] : [ghost],
        true,
      );
    }),
});

/** The suggestion that an editor shows, or null. */
export const suggestionOf = (view) => view.state.field(suggestionField);

function accept(onAccept) {
  return (view) => {
    const suggestion = suggestionOf(view);
    if (!suggestion) return false;
    const { at, to, text } = suggestion;
    view.dispatch({
      changes: { from: at, to, insert: text },
      selection: { anchor: at + text.length },
      effects: showSuggestion.of(null),
      userEvent: "input.complete",
      scrollIntoView: true,
    });
    onAccept(suggestion);
    return true;
  };
}

/** Takes the next word, with the blanks before it; the rest stays. */
function acceptWord(acceptAll) {
  return (view) => {
    const suggestion = suggestionOf(view);
    if (!suggestion) return false;
    const [word] = suggestion.text.match(/^\s*(?:[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+)?/u);
    if (word === "" || word.length === suggestion.text.length) return acceptAll(view);
    const end = suggestion.at + word.length;
    view.dispatch({
      changes: { from: suggestion.at, insert: word },
      selection: { anchor: end },
      userEvent: "input.complete",
    });
    return true;
  };
}

function dismiss(view) {
  if (!suggestionOf(view)) return false;
  view.dispatch({ effects: showSuggestion.of(null) });
  return true;
}

/** Shows suggestions; `onAccept` is told of one that is taken whole, `onAsk` that one is wanted. */
export function ghostText({ onAccept, onAsk }) {
  const acceptAll = accept(onAccept);
  const keys = [
    { key: "Tab", run: acceptAll },
    { key: "Mod-ArrowRight", run: acceptWord(acceptAll) },
    { key: "Escape", run: dismiss },
    { key: "Alt-\\", run: onAsk },
  ];
  return [suggestionField, Prec.highest(keymap.of(keys))];
}
