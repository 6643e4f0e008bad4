import { ConfigurationTarget, window, workspace, type TextDocument } from 'vscode';
import { explicitSettings } from './explicitSettings';
import { serverSettings } from './settingsTable';
import { whyOff, withLanguageToggled, type Switches } from './switches';

// What the user has set in Visual Studio Code.

export function switches(): Switches {
  const configuration = workspace.getConfiguration('nextline');
  return {
    enabled: configuration.get('enabled', true),
    languages: configuration.get<Record<string, unknown>>('languages', {}),
  };
}

/** Why nothing is done for a document, as a sentence; undefined if something is. */
export function whyDocumentIsOff(document: TextDocument): string | undefined {
  return whyOff(switches(), { scheme: document.uri.scheme, language: document.languageId });
}

/** What the server is told when it asks. */
export function settingsForServer(): Record<string, unknown> {
  const configuration = workspace.getConfiguration('nextline');
  return explicitSettings(
    serverSettings.map((setting) => setting.name),
    (name) => configuration.inspect(name),
    (name) => configuration.get(name),
  );
}

export interface ServerOptions {
  path: string;
  arguments: string[];
  model: string;
}

export function serverOptions(): ServerOptions {
  const configuration = workspace.getConfiguration('nextline.server');
  return {
    path: configuration.get('path', ''),
    arguments: configuration.get<string[]>('arguments', []).map(String),
    model: configuration.get('model', '').trim(),
  };
}

export async function toggle(): Promise<void> {
  await write('enabled', !switches().enabled);
}

export async function toggleLanguage(): Promise<void> {
  const language = window.activeTextEditor?.document.languageId;
  if (language === undefined) {
    void window.showInformationMessage('Open a document first: its language is switched on or off.');
    return;
  }
  await write('languages', withLanguageToggled(switches(), language));
}

export async function chooseModel(name: string): Promise<void> {
  await write('server.model', name);
}

/** Writes a setting to where it is set already, so that what is written counts; else for the user. */
async function write(name: string, value: unknown): Promise<void> {
  const configuration = workspace.getConfiguration('nextline');
  const isWorkspaces = configuration.inspect(name)?.workspaceValue !== undefined;
  await configuration.update(
    name,
    value,
    isWorkspaces ? ConfigurationTarget.Workspace : ConfigurationTarget.Global,
  );
}
