import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Readable } from 'node:stream';
import {
  EventEmitter,
  window,
  type CancellationToken,
  type Disposable,
  type Event,
  type LogOutputChannel,
  type TextDocument,
} from 'vscode';
import {
  CloseAction,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ErrorAction,
  RevealOutputChannelOn,
  State,
  type CloseHandlerResult,
  type LanguageClientOptions,
  type ProgressToken,
  type WorkDoneProgressBegin,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from 'vscode-languageclient/node';
import { Client } from './client';
import { chooseModel, serverOptions, settingsForServer, type ServerOptions } from './configuration';
import { documentSelector, type FollowedDocuments } from './followedDocuments';
import { askToFetch, chosenModel, fetchShown, pickModel } from './modelChoice';
import { listModels, type Model } from './models';
import { LineReader } from './progressLine';
import { RestartPolicy } from './restartPolicy';
import { findServer } from './serverProgram';
import type { ServerState } from './status';

/** What the server calls the loading of its model. */
const modelProgress: ProgressToken = 'nextline/model';
/** How that ends when it went well. */
const loaded = 'Ready';

/**
 * The server: finds its program, sees to its model, starts it, starts it again when it ends by itself, and
 * says how it is.
 */
export class Server implements Disposable {
  private client: Client | undefined;
  private hasRun = false;
  private current: ServerState = { kind: 'idle' };
  private readonly changed = new EventEmitter<void>();
  private readonly restarts = new RestartPolicy();
  /** Starts and stops, one after the other. */
  private work: Promise<void> = Promise.resolve();

  readonly onDidChangeState = this.changed.event;

  constructor(
    private readonly extensionFolder: string,
    private readonly documents: FollowedDocuments,
    private readonly log: LogOutputChannel,
  ) {}

  get state(): ServerState {
    return this.current;
  }

  /** The client, if requests can be sent; they wait until the model is there. */
  get running(): Client | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** The same, as soon as they can be; undefined if that is not to be awaited, or by nobody any more. */
  whenRunning(token: CancellationToken): Promise<Client | undefined> {
    return new Promise((resolve) => {
      const decide = (): boolean => {
        const isAwaited = this.current.kind === 'starting' && !token.isCancellationRequested;
        if (this.running === undefined && isAwaited) return false;
        resolve(this.running);
        return true;
      };
      if (decide()) return;
      const listeners = [this.onDidChangeState, token.onCancellationRequested].map((event: Event<unknown>) =>
        event(() => {
          if (decide()) for (const one of listeners) one.dispose();
        }),
      );
    });
  }

  /** Starts the server unless that has been tried already. */
  async start(): Promise<void> {
    await this.inTurn(async () => {
      if (this.current.kind === 'idle') await this.launch();
    });
  }

  async restart(): Promise<void> {
    this.restarts.forget();
    await this.inTurn(async () => {
      await this.shutDown();
      await this.launch();
    });
  }

  /** Has the user choose a model, fetches it where it is missing, and has the server use it. */
  async chooseModel(): Promise<void> {
    const program = this.findProgram(serverOptions());
    if (program === undefined) return;
    const models = await this.models(program);
    const model = models && (await pickModel(models, serverOptions().model));
    if (!model) return;
    if (!model.present && !(await fetchShown(program, model, this.log))) return;
    if (model.name === serverOptions().model) await this.restart();
    else await chooseModel(model.name); // The server starts anew because the setting changes.
  }

  async stop(): Promise<void> {
    await this.inTurn(() => this.shutDown());
  }

  /** Documents have been switched on or off. */
  settingsChanged(): void {
    const client = this.running;
    if (!client) return;
    const converter = client.code2ProtocolConverter;
    this.documents.settingsChanged({
      opened: (document: TextDocument) =>
        void client.sendNotification(
          DidOpenTextDocumentNotification.type,
          converter.asOpenTextDocumentParams(document),
        ),
      closed: (document: TextDocument) =>
        void client.sendNotification(
          DidCloseTextDocumentNotification.type,
          converter.asCloseTextDocumentParams(document),
        ),
    });
  }

  dispose(): void {
    this.changed.dispose();
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.work = this.work.then(work).catch((error: unknown) => this.fail(String(error)));
    return this.work;
  }

  private async launch(): Promise<void> {
    this.become({ kind: 'starting' });
    const options = serverOptions();
    const program = this.findProgram(options);
    if (program === undefined || !(await this.hasModel(program, options))) return;
    const client = this.makeClient(program, serveArguments(options));
    this.client = client;
    this.hasRun = false;
    try {
      await client.start();
    } catch (error) {
      this.log.error(String(error));
      this.fail(`Nextline's server ${program} could not be started.`);
    }
  }

  private async shutDown(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.documents.forget();
    this.become({ kind: 'idle' });
    if (client?.needsStop()) await client.stop().catch((error: unknown) => this.log.warn(String(error)));
    await client?.dispose().catch(() => undefined);
  }

  private findProgram(options: ServerOptions): string | undefined {
    const found = findServer({
      configured: options.path,
      extensionFolder: this.extensionFolder,
      home: homedir(),
      searchPath: process.env['PATH'] ?? '',
      isProgram,
    });
    if ('program' in found) return found.program;
    this.fail(`${found.problem} It is Nextline's server: without it, nothing is completed.`);
    return undefined;
  }

  /** Whether the server has its model: asks the user about one that is missing, and fetches it. */
  private async hasModel(program: string, options: ServerOptions): Promise<boolean> {
    if (asksElsewhere(options)) return true;
    const models = await this.models(program);
    const model = models && chosenModel(models, options.model);
    if (!model || model.present) return true;
    this.become({ kind: 'needsModel', model: model.name });
    // Whoever answers later finds the question's subject in the status bar.
    void this.offer(program, model);
    return false;
  }

  private async offer(program: string, model: Model): Promise<void> {
    const answer = await askToFetch(model);
    if (answer === 'choose') await this.chooseModel();
    else if (answer === 'fetch' && (await fetchShown(program, model, this.log))) await this.restart();
  }

  private async models(program: string): Promise<Model[] | undefined> {
    try {
      return await listModels(program);
    } catch (error) {
      this.log.warn(`${program} does not list its models. ${String(error)}`);
      return undefined;
    }
  }

  private makeClient(program: string, args: string[]): Client {
    const options: LanguageClientOptions = {
      documentSelector,
      outputChannel: this.log,
      // What the server writes there is its log, of which most is no error.
      stdioOptions: { stdout: noteLines, stderr: noteLines },
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.serverEnded(),
      },
      middleware: {
        ...this.documents.middleware,
        handleWorkDoneProgress: (token, progress, next) => {
          if (token === modelProgress) this.showLoading(progress);
          else next(token, progress);
        },
        workspace: {
          configuration: (parameters) =>
            parameters.items.map((item) => (item.section === 'nextline' ? settingsForServer() : null)),
        },
      },
    };
    this.log.info(`Starting ${[program, ...args].join(' ')}`);
    const client = new Client('nextline', 'Nextline', { command: program, args }, options);
    client.onDidChangeState(({ newState }) => {
      if (client !== this.client) return;
      if (newState === State.Starting) this.become({ kind: 'starting' });
      if (newState !== State.Running) return;
      this.hasRun = true;
      this.become({ kind: 'ready' });
    });
    return client;
  }

  private showLoading(progress: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd): void {
    const message = progress.message ?? 'Loading the model';
    if (progress.kind !== 'end') this.become({ kind: 'loading', message });
    else if (progress.message === undefined || message === loaded) this.become({ kind: 'ready' });
    else this.become({ kind: 'failed', message: `${message}.` }); // The server has shown why.
  }

  private serverEnded(): CloseHandlerResult {
    this.documents.forget();
    if (!this.hasRun) return { action: CloseAction.DoNotRestart, handled: true };
    const { restart, told } = this.restarts.serverEnded();
    if (told !== undefined) {
      this.log.error(told);
      void this.tell(restart ? 'warning' : 'error', told);
    }
    if (!restart) this.become({ kind: 'failed', message: told ?? '' });
    return { action: restart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }

  private fail(message: string): void {
    this.log.error(message);
    this.become({ kind: 'failed', message });
    void this.tell('error', message);
  }

  private async tell(severity: 'warning' | 'error', message: string): Promise<void> {
    const show = severity === 'error' ? window.showErrorMessage : window.showWarningMessage;
    const buttons = severity === 'error' ? ['Restart', 'Show log'] : ['Show log'];
    const answer = await show(message, ...buttons);
    if (answer === 'Restart') await this.restart();
    if (answer === 'Show log') this.log.show();
  }

  private become(state: ServerState): void {
    this.current = state;
    this.changed.fire();
  }
}

function noteLines(stream: Readable, log: LogOutputChannel): void {
  const lines = new LineReader((line) => log.info(line));
  stream.setEncoding('utf8').on('data', (piece: string) => lines.feed(piece));
}

/** Whether a server on another machine is to complete, and no model here. */
function asksElsewhere(options: ServerOptions): boolean {
  return options.arguments.some((word) => word === '--remote' || word.startsWith('--remote='));
}

function serveArguments(options: ServerOptions): string[] {
  const model = options.model === '' ? [] : ['--model', options.model];
  return ['serve', '--stdio', ...model, ...options.arguments];
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
