import { commands, window, type Disposable, type LogOutputChannel, type QuickPickItem } from 'vscode';
import * as configuration from './configuration';
import type { Feedback } from './feedback';
import * as protocol from './protocol';
import type { Server } from './server';
import type { StatisticsView } from './statisticsView';

/** What the commands work on. */
export interface Parts {
  server: Server;
  feedback: Feedback;
  statistics: StatisticsView;
  log: LogOutputChannel;
}

/** The commands that package.json declares, by their names behind "nextline.". */
export function registerCommands(parts: Parts): Disposable[] {
  const { server, feedback, statistics, log } = parts;
  const editor = (command: string) => () => commands.executeCommand(`editor.action.inlineSuggest.${command}`);
  const all: Record<string, () => unknown> = {
    toggle: configuration.toggle,
    toggleLanguage: configuration.toggleLanguage,
    suggest: editor('trigger'),
    nextSuggestion: editor('showNext'),
    previousSuggestion: editor('showPrevious'),
    acceptWord: () => feedback.acceptPart('editor.action.inlineSuggest.acceptNextWord'),
    acceptLine: () => feedback.acceptPart('editor.action.inlineSuggest.acceptNextLine'),
    whyNothing: () => whyNothing(server),
    statistics: () => statistics.show(),
    eraseStatistics: () => statistics.erase(),
    chooseModel: () => server.chooseModel(),
    restart: () => server.restart(),
    showLog: () => log.show(),
    menu: () => showMenu(),
  };
  return Object.entries(all).map(([name, run]) => commands.registerCommand(`nextline.${name}`, run));
}

/** Says why there was no suggestion: what the extension knows, else what the server says. */
async function whyNothing(server: Server): Promise<void> {
  void window.showInformationMessage(await reason(server));
}

async function reason(server: Server): Promise<string> {
  const editor = window.activeTextEditor;
  if (!editor) return 'No document is edited.';
  const off = configuration.whyDocumentIsOff(editor.document);
  if (off !== undefined) return off;
  const { state, running } = server;
  if (state.kind === 'failed') return state.message;
  if (state.kind === 'needsModel') return `The model ${state.model} is to be fetched first.`;
  if (!running) return "Nextline's server does not run yet.";
  if (editor.selections.length > 1) return 'There are several cursors: what fits at one need not fit at the others.';
  if (state.kind === 'loading') return `The model is still on its way. ${state.message}.`;
  return String(await running.sendRequest(protocol.executeCommand, { command: protocol.serverCommand.whyNothing }));
}

async function showMenu(): Promise<void> {
  const { enabled } = configuration.switches();
  const language = window.activeTextEditor?.document.languageId;
  const items: (QuickPickItem & { command: string })[] = [
    { label: enabled ? '$(circle-slash) Switch off' : '$(check) Switch on', command: 'toggle' },
    ...(language === undefined
      ? []
      : [{ label: `$(code) Switch on or off for ${language}`, command: 'toggleLanguage' }]),
    { label: '$(question) Why is there no suggestion?', command: 'whyNothing' },
    { label: '$(graph) Statistics', command: 'statistics' },
    { label: '$(package) Choose the model…', command: 'chooseModel' },
    { label: '$(debug-restart) Restart the server', command: 'restart' },
    { label: '$(output) Show the log', command: 'showLog' },
  ];
  const picked = await window.showQuickPick(items, { title: 'Nextline' });
  if (picked) await commands.executeCommand(`nextline.${picked.command}`);
}
