import { languages, window, workspace, type ExtensionContext, type TextDocument } from 'vscode';
import { registerCommands } from './commands';
import { whyDocumentIsOff } from './configuration';
import { CursorReports } from './cursorReports';
import { Feedback } from './feedback';
import { documentSelector, FollowedDocuments } from './followedDocuments';
import { Server } from './server';
import { StatisticsView } from './statisticsView';
import { StatusBar } from './statusBar';
import { Suggestions } from './suggestions';

let server: Server | undefined;

/** Puts the parts together. The server, which takes memory, starts with the first document that it is for. */
export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Nextline', { log: true });
  const documents = new FollowedDocuments();
  const started = new Server(context.extensionPath, documents, log);
  server = started;
  const suggestions = new Suggestions(started, documents, log);
  const feedback = new Feedback(started, suggestions);
  const statistics = new StatisticsView(started);

  const startFor = (document: TextDocument): void => {
    if (languages.match(documentSelector, document) > 0 && whyDocumentIsOff(document) === undefined) {
      void started.start();
    }
  };

  context.subscriptions.push(
    log,
    started,
    suggestions,
    feedback,
    statistics,
    new CursorReports(started, documents, suggestions),
    new StatusBar(started, suggestions),
    languages.registerInlineCompletionItemProvider(documentSelector, suggestions.provider),
    ...registerCommands({ server: started, feedback, statistics, log }),
    workspace.onDidOpenTextDocument(startFor),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('nextline.server')) void started.restart();
      if (!event.affectsConfiguration('nextline')) return;
      started.settingsChanged();
      workspace.textDocuments.forEach(startFor);
    }),
  );
  workspace.textDocuments.forEach(startFor);
}

/** Lets the server end in an orderly way, which writes down what it has computed. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}
