import { NotificationType, RequestType } from 'vscode-languageclient/node';

// What is said to the server: LSP's own, with the members that matter here, and Nextline's.

export interface Position {
  line: number;
  character: number;
}

export interface Range {
  start: Position;
  end: Position;
}

export interface TextDocumentIdentifier {
  uri: string;
}

export const triggerKind = { invoked: 1, automatic: 2 } as const;

export interface InlineCompletionParams {
  textDocument: TextDocumentIdentifier;
  position: Position;
  context: { triggerKind: number; selectedCompletionInfo?: { range: Range; text: string } };
}

/** What the server says of an item besides: its number, and what it took. */
export interface SuggestionData {
  id: number;
  tokens?: { encoded?: number; passes?: number };
}

export interface InlineCompletionItem {
  insertText: string;
  range?: Range;
  data?: SuggestionData;
}

export const inlineCompletion = new RequestType<
  InlineCompletionParams,
  { items: InlineCompletionItem[] } | null,
  void
>('textDocument/inlineCompletion');

export const executeCommand = new RequestType<{ command: string; arguments?: unknown[] }, unknown, void>(
  'workspace/executeCommand',
);

export const didMoveCursor = new NotificationType<{ textDocument: TextDocumentIdentifier; position: Position }>(
  'nextline/didMoveCursor',
);

export const didShow = new NotificationType<{ item: { data: { id: number } } }>('textDocument/didShowCompletion');

export const didAcceptPartly = new NotificationType<{ item: { data: { id: number } }; acceptedLength: number }>(
  'textDocument/didPartiallyAcceptCompletion',
);

/** The commands of the server that the extension calls. */
export const serverCommand = {
  whyNothing: 'nextline.whyNothing',
  statistics: 'nextline.statistics',
  eraseStatistics: 'nextline.eraseStatistics',
  didAccept: 'nextline.didAccept',
} as const;
