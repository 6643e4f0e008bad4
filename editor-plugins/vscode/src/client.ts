import type { DynamicFeature, StaticFeature } from 'vscode-languageclient/node';
import { LanguageClient } from 'vscode-languageclient/node';

/**
 * What the language client would do by itself and must not: suggestions are drawn and checked by the
 * extension, the menu is left to other servers, and the server's commands are called by those of the
 * extension, which have some names in common with them.
 */
const leftOut: ReadonlySet<string> = new Set([
  'textDocument/completion',
  'textDocument/inlineCompletion',
  'workspace/executeCommand',
]);

export class Client extends LanguageClient {
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ('registrationType' in feature && leftOut.has(feature.registrationType.method)) return;
    super.registerFeature(feature);
  }

  /** What goes wrong is written down here; what of it users are told, `Server` says. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}
