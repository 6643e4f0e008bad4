import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.self], color: "var(--keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--string)" },
  { tag: tags.comment, color: "var(--comment)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--number)" },
  {
    tag: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.className, tags.meta],
    color: "var(--name)",
  },
]);

/** Has the lines that begin at these offsets light up. */
const lightUp = StateEffect.define();
const lit = StateField.define({
  create: () => Decoration.none,
  update(lines, transaction) {
    for (const effect of transaction.effects) {
      if (!effect.is(lightUp)) continue;
      const starts = [...new Set(effect.value.map((offset) => transaction.state.doc.lineAt(offset).from))];
      return Decoration.set(
        starts.sort((a, b) => a - b).map((from) => Decoration.line({ class: "cm-far-edit" }).range(from)),
      );
    }
    return lines.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** A position as LSP counts it: in UTF-16 units, as the editor does itself. */
export function positionOf(text, offset) {
  const line = text.lineAt(offset);
  return { line: line.number - 1, character: offset - line.from };
}

/** A transaction's changes as LSP wants them: each range in the text that those before it left. */
export function contentChanges(transaction) {
  const before = transaction.startState.doc;
  const changes = [];
  transaction.changes.iterChanges((from, to, _first, _last, text) => {
    changes.push({
      range: { start: positionOf(before, from), end: positionOf(before, to) },
      text: text.toString(),
    });
  });
  return changes.reverse(); // From the end, a change moves none that is still to come.
}

export function makeEditor(parent, text, cursor, extensions, onUpdate) {
  return new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      selection: { anchor: cursor },
      extensions: [
        extensions,
        lineNumbers(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        lit,
        python(),
        indentUnit.of("    "),
        syntaxHighlighting(colours),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({ "aria-label": "warehouse.py, a Python file", spellcheck: "false" }),
        EditorView.updateListener.of(onUpdate),
      ],
    }),
    scrollTo: EditorView.scrollIntoView(cursor, { y: "center" }),
  });
}

/** Makes changes away from the cursor, which stays at its text; they light up. */
export function changeElsewhere(view, changes) {
  const set = view.state.changes(changes);
  const places = [];
  set.iterChanges((_from, _to, first) => places.push(first));
  view.dispatch({ changes: set, effects: lightUp.of(places) });
}
