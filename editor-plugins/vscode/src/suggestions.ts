import {
  EventEmitter,
  InlineCompletionItem,
  InlineCompletionTriggerKind,
  Range,
  window,
  type CancellationToken,
  type Disposable,
  type InlineCompletionContext,
  type InlineCompletionItemProvider,
  type LogOutputChannel,
  type Position,
  type TextDocument,
} from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';
import type { Client } from './client';
import { whyDocumentIsOff } from './configuration';
import type { FollowedDocuments } from './followedDocuments';
import { isSamePlace, type Place } from './place';
import * as protocol from './protocol';
import type { Server } from './server';
import type { LastCompletion } from './status';

/** The extension's command that is executed when a suggestion is accepted; its argument is the number. */
export const acceptedCommand = 'nextline.didAccept';

/** A suggestion that Visual Studio Code has been given for a place that is still the cursor's. */
export interface GivenSuggestion {
  document: TextDocument;
  /** Where what is inserted begins. */
  start: Position;
  text: string;
  id: number;
}

/**
 * Asks the server for what Visual Studio Code draws as ghost text. An answer that comes late, to a text or
 * a cursor that has moved on, is dropped, and where there are several cursors nothing is asked.
 */
export class Suggestions implements Disposable {
  /**
   * What is registered. It has the members of the public interface and no others: Visual Studio Code looks
   * for further ones, such as events, by names that are no part of it yet.
   */
  readonly provider: InlineCompletionItemProvider = {
    provideInlineCompletionItems: (document, position, context, token) =>
      this.provide(document, position, context, token),
  };

  /** The place asked about last. */
  lastPlace: Place | undefined;
  last: LastCompletion | undefined;
  given: GivenSuggestion | undefined;

  private waiting = 0;
  private readonly changed = new EventEmitter<void>();
  private readonly gave = new EventEmitter<GivenSuggestion | undefined>();

  /** A request has been sent, or answered. */
  readonly onDidChangeWaiting = this.changed.event;
  /** A suggestion has been given, which is shown if nothing intervenes; undefined: none is. */
  readonly onDidGive = this.gave.event;

  constructor(
    private readonly server: Server,
    private readonly documents: FollowedDocuments,
    private readonly log: LogOutputChannel,
  ) {}

  get isThinking(): boolean {
    return this.waiting > 0;
  }

  dispose(): void {
    this.changed.dispose();
    this.gave.dispose();
  }

  private async provide(
    document: TextDocument,
    position: Position,
    context: InlineCompletionContext,
    token: CancellationToken,
  ): Promise<InlineCompletionItem[] | undefined> {
    if (whyDocumentIsOff(document) !== undefined || hasSeveralCursors(document)) return undefined;
    const place = placeOf(document, position);
    const client = await this.server.whenRunning(token);
    if (!client || token.isCancellationRequested || !this.documents.has(document)) return undefined;
    this.lastPlace = place;
    const answer = await this.ask(client, paramsOf(client, document, position, context), token);
    const isLate = token.isCancellationRequested || !isStillAt(place, document);
    const items = isLate ? [] : (answer ?? []);
    this.give(items[0], document, position);
    return items.map((item) => inlineItem(item, position));
  }

  private async ask(
    client: Client,
    params: protocol.InlineCompletionParams,
    token: CancellationToken,
  ): Promise<protocol.InlineCompletionItem[] | undefined> {
    this.waiting += 1;
    this.changed.fire();
    const asked = performance.now();
    try {
      const answer = await client.sendRequest(protocol.inlineCompletion, params, token);
      const items = answer?.items ?? [];
      if (items[0] !== undefined) this.last = lastCompletion(items[0], performance.now() - asked);
      return items;
    } catch (error) {
      // Whoever is cancelled, or asks a server that ends meanwhile, has no answer to wait for.
      if (!isCancellation(error)) this.log.warn(`There is no suggestion. ${String(error)}`);
      return undefined;
    } finally {
      this.waiting -= 1;
      this.changed.fire();
    }
  }

  private give(item: protocol.InlineCompletionItem | undefined, document: TextDocument, position: Position): void {
    const id = item?.data?.id;
    this.given =
      item === undefined || id === undefined
        ? undefined
        : { document, start: rangeOf(item, position).start, text: item.insertText, id };
    this.gave.fire(this.given);
  }
}

/** Where the cursor is in the editor that has the document and the focus. */
export function cursorPlace(document: TextDocument): Place | undefined {
  const editor = window.activeTextEditor;
  return editor?.document === document ? placeOf(document, editor.selection.active) : undefined;
}

export function placeOf(document: TextDocument, position: Position): Place {
  return {
    uri: document.uri.toString(),
    version: document.version,
    line: position.line,
    character: position.character,
  };
}

function hasSeveralCursors(document: TextDocument): boolean {
  const editor = window.activeTextEditor;
  return editor?.document === document && editor.selections.length > 1;
}

function isStillAt(place: Place, document: TextDocument): boolean {
  if (document.version !== place.version || hasSeveralCursors(document)) return false;
  const cursor = cursorPlace(document);
  // Where another editor has the focus meanwhile, the text alone decides.
  return cursor === undefined || isSamePlace(cursor, place);
}

function paramsOf(
  client: Client,
  document: TextDocument,
  position: Position,
  context: InlineCompletionContext,
): protocol.InlineCompletionParams {
  const converter = client.code2ProtocolConverter;
  const isInvoked = context.triggerKind === InlineCompletionTriggerKind.Invoke;
  const selected = context.selectedCompletionInfo;
  return {
    textDocument: converter.asTextDocumentIdentifier(document),
    position: converter.asPosition(position),
    context: {
      triggerKind: isInvoked ? protocol.triggerKind.invoked : protocol.triggerKind.automatic,
      ...(selected && {
        selectedCompletionInfo: { range: converter.asRange(selected.range), text: selected.text },
      }),
    },
  };
}

function rangeOf(item: protocol.InlineCompletionItem, position: Position): Range {
  if (item.range === undefined) return new Range(position, position);
  const { start, end } = item.range;
  return new Range(start.line, start.character, end.line, end.character);
}

function inlineItem(item: protocol.InlineCompletionItem, position: Position): InlineCompletionItem {
  const made = new InlineCompletionItem(item.insertText, rangeOf(item, position));
  if (item.data !== undefined) {
    made.command = { title: '', command: acceptedCommand, arguments: [item.data.id] };
  }
  return made;
}

function lastCompletion(item: protocol.InlineCompletionItem, milliseconds: number): LastCompletion {
  const tokens = item.data?.tokens;
  return { milliseconds, tokensEncoded: tokens?.encoded ?? 0, passes: tokens?.passes ?? 0 };
}

function isCancellation(error: unknown): boolean {
  return error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled;
}
