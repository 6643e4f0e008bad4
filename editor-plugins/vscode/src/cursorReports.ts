import { window, type Disposable, type TextEditor } from 'vscode';
import type { FollowedDocuments } from './followedDocuments';
import { isSamePlace, type Place } from './place';
import * as protocol from './protocol';
import type { Server } from './server';
import { placeOf, type Suggestions } from './suggestions';

/** Longer than Visual Studio Code waits before it asks for what follows a key, which says the place as well. */
const pause = 120;

/** Tells the server where the cursor has come to rest, so that what a completion there needs is ready. */
export class CursorReports implements Disposable {
  private timer: NodeJS.Timeout | undefined;
  private lastTold: Place | undefined;
  private readonly registered: Disposable[];

  constructor(
    private readonly server: Server,
    private readonly documents: FollowedDocuments,
    private readonly suggestions: Suggestions,
  ) {
    this.registered = [
      window.onDidChangeTextEditorSelection(({ textEditor }) => this.later(textEditor)),
      window.onDidChangeActiveTextEditor((editor) => this.later(editor)),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const one of this.registered) one.dispose();
  }

  private later(editor: TextEditor | undefined): void {
    clearTimeout(this.timer);
    if (editor === undefined || editor !== window.activeTextEditor) return;
    this.timer = setTimeout(() => this.report(editor), pause);
  }

  private report(editor: TextEditor): void {
    const client = this.server.running;
    const { document, selections, selection } = editor;
    if (!client || selections.length > 1 || !selection.isEmpty || !this.documents.has(document)) return;
    const place = placeOf(document, selection.active);
    if (isSamePlace(place, this.lastTold) || isSamePlace(place, this.suggestions.lastPlace)) return;
    this.lastTold = place;
    void client.sendNotification(protocol.didMoveCursor, {
      textDocument: client.code2ProtocolConverter.asTextDocumentIdentifier(document),
      position: client.code2ProtocolConverter.asPosition(selection.active),
    });
  }
}
