import { commands, workspace, type Disposable } from 'vscode';
import { acceptedUnits } from './acceptedPart';
import { isSamePlace } from './place';
import * as protocol from './protocol';
import type { Server } from './server';
import { acceptedCommand, cursorPlace, type GivenSuggestion, type Suggestions } from './suggestions';

/** Is true while a suggestion of Nextline's is shown, as far as can be told: for key bindings. */
const suggestsContext = 'nextline.suggests';

/**
 * Tells the server what becomes of its suggestions. Visual Studio Code tells of those that are accepted as
 * a whole. Which are shown is inferred from their being given for a place that is the cursor's a moment
 * later still, and how much of one is accepted by word or line from the edit that the command makes.
 */
export class Feedback implements Disposable {
  private readonly registered: Disposable[];

  constructor(
    private readonly server: Server,
    private readonly suggestions: Suggestions,
  ) {
    this.registered = [
      suggestions.onDidGive((given) => this.given(given)),
      commands.registerCommand(acceptedCommand, (id: unknown) => this.accepted(id)),
    ];
  }

  /** Has the editor accept a part of what is shown, and tells how much that was. */
  async acceptPart(editorCommand: string): Promise<void> {
    const given = this.suggestions.given;
    let cursor: number | undefined;
    const listener = workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      const change = contentChanges[contentChanges.length - 1];
      if (document === given?.document && change !== undefined) cursor = change.rangeOffset + change.text.length;
    });
    try {
      await commands.executeCommand(editorCommand);
    } finally {
      listener.dispose();
    }
    if (given === undefined || cursor === undefined) return;
    const { document, start, text, id } = given;
    const inDocument = document.getText().slice(document.offsetAt(start), cursor);
    const acceptedLength = acceptedUnits(text, inDocument);
    if (acceptedLength === undefined) return;
    await this.server.running?.sendNotification(protocol.didAcceptPartly, {
      item: { data: { id } },
      acceptedLength,
    });
  }

  dispose(): void {
    for (const one of this.registered) one.dispose();
  }

  private given(given: GivenSuggestion | undefined): void {
    void commands.executeCommand('setContext', suggestsContext, given !== undefined);
    if (given === undefined) return;
    const place = this.suggestions.lastPlace;
    setTimeout(() => {
      if (!isSamePlace(cursorPlace(given.document), place)) return;
      void this.server.running?.sendNotification(protocol.didShow, { item: { data: { id: given.id } } });
    });
  }

  private async accepted(id: unknown): Promise<void> {
    if (typeof id !== 'number') return;
    await this.server.running?.sendRequest(protocol.executeCommand, {
      command: protocol.serverCommand.didAccept,
      arguments: [{ id }],
    });
  }
}
