import { commands, EventEmitter, Uri, window, workspace, type Disposable, type Event } from 'vscode';
import * as protocol from './protocol';
import type { Server } from './server';
import { statisticsPage, type Statistics } from './statisticsReport';

const scheme = 'nextline-statistics';
const address = Uri.from({ scheme, path: 'Nextline statistics.md' });

/** Shows the server's statistics as a page beside the text, and erases them. */
export class StatisticsView implements Disposable {
  private page = '';
  private readonly changed = new EventEmitter<Uri>();
  private readonly registered: Disposable;

  constructor(private readonly server: Server) {
    const onDidChange: Event<Uri> = this.changed.event;
    this.registered = workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange,
      provideTextDocumentContent: () => this.page,
    });
  }

  async show(): Promise<void> {
    const statistics = await this.ask(protocol.serverCommand.statistics);
    if (statistics === undefined) return;
    this.page = statisticsPage(statistics as Statistics);
    this.changed.fire(address);
    await commands.executeCommand('markdown.showPreviewToSide', address);
  }

  async erase(): Promise<void> {
    const erase = 'Erase';
    const question = 'Erase what Nextline has counted of its suggestions on this machine?';
    if ((await window.showWarningMessage(question, { modal: true }, erase)) !== erase) return;
    if ((await this.ask(protocol.serverCommand.eraseStatistics)) === undefined) return;
    void window.showInformationMessage('What Nextline had counted is erased.');
  }

  dispose(): void {
    this.changed.dispose();
    this.registered.dispose();
  }

  private async ask(command: string): Promise<unknown> {
    const client = this.server.running;
    if (!client) {
      void window.showInformationMessage("Nextline's server does not run.");
      return undefined;
    }
    try {
      return await client.sendRequest(protocol.executeCommand, { command });
    } catch (error) {
      void window.showErrorMessage(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
