import { languages, workspace, type TextDocument } from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';
import { whyDocumentIsOff } from './configuration';
import { documentSchemes } from './switches';

/** The documents that the language client looks at, before any is left out. */
export const documentSelector: { scheme: string }[] = documentSchemes.map((scheme) => ({ scheme }));

/** Tells the server that a document is open, or no longer is. */
export interface Teller {
  opened(document: TextDocument): void;
  closed(document: TextDocument): void;
}

/**
 * The documents that the server is told of: those that are not switched off. Of the others it learns
 * neither the text nor a change.
 */
export class FollowedDocuments {
  private readonly followed = new Set<string>();

  /** What stands between the language client's notices and the server. */
  readonly middleware: Middleware = {
    didOpen: async (document, next) => {
      if (whyDocumentIsOff(document) !== undefined) return;
      this.followed.add(key(document));
      await next(document);
    },
    didChange: async (event, next) => {
      if (this.has(event.document)) await next(event);
    },
    didSave: async (document, next) => {
      if (this.has(document)) await next(document);
    },
    didClose: async (document, next) => {
      if (this.followed.delete(key(document))) await next(document);
    },
  };

  has(document: TextDocument): boolean {
    return this.followed.has(key(document));
  }

  /** The server that was told is gone. */
  forget(): void {
    this.followed.clear();
  }

  /** Tells of documents that have been switched on or off. */
  settingsChanged(tell: Teller): void {
    for (const document of workspace.textDocuments) {
      if (languages.match(documentSelector, document) === 0) continue;
      const isWanted = whyDocumentIsOff(document) === undefined;
      if (isWanted === this.has(document)) continue;
      if (isWanted) {
        this.followed.add(key(document));
        tell.opened(document);
      } else {
        this.followed.delete(key(document));
        tell.closed(document);
      }
    }
  }
}

function key(document: TextDocument): string {
  return document.uri.toString();
}
