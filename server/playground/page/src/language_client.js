import { Connection } from "./connection.js";

const FIRST_WAIT = 500; // Milliseconds until the first attempt to come back …
const LONGEST_WAIT = 5000; // … and between attempts, at most.
const BETWEEN_REPORTS = 50; // Reports of the cache are drawn at most so often.

const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

/** Where the language server is: beside this page, with the token that the page was opened with. */
export function serverAddress(page) {
  const address = new URL("lsp", page);
  address.protocol = page.protocol === "https:" ? "wss:" : "ws:";
  const token = page.searchParams.get("token");
  if (token) address.searchParams.set("token", token);
  return address;
}

/**
 * A document that a language server completes. Comes back by itself when the server has gone.
 *
 * `document.text()` is the text that it is opened with. Told: `onState(name, sentence)` with the
 * names "waiting", "ready" and "gone", and `onReport(report)` with each report of the cache.
 */
export class LanguageClient {
  #address;
  #document;
  #told;
  #connection = null;
  #isOpen = false;
  #version = 0;
  #wait = FIRST_WAIT;

  constructor(address, document, told) {
    this.#address = address;
    this.#document = document;
    this.#told = told;
    this.#connect();
  }

  get isOpen() {
    return this.#isOpen;
  }

  /** Of the text that the server has; a change makes it another one. */
  get version() {
    return this.#version;
  }

  change(contentChanges) {
    ++this.#version;
    if (!this.#isOpen) return;
    this.#connection.notify("textDocument/didChange", {
      textDocument: { uri: this.#document.uri, version: this.#version },
      contentChanges,
    });
  }

  moveCursor(position) {
    if (this.#isOpen) this.#connection.notify("nextline/didMoveCursor", { ...this.#identifier, position });
  }

  /** The items for a place; none if the request was superseded or the server is not there. */
  async complete(position, isAutomatic) {
    if (!this.#isOpen) return [];
    const result = await this.#connection.request("textDocument/inlineCompletion", {
      ...this.#identifier,
      position,
      context: { triggerKind: isAutomatic ? 2 : 1 },
    });
    return result?.items ?? [];
  }

  execute({ command, arguments: given }) {
    if (!this.#isOpen) return;
    this.#connection.request("workspace/executeCommand", { command, arguments: given }).catch(() => {});
  }

  get #identifier() {
    return { textDocument: { uri: this.#document.uri } };
  }

  #connect() {
    this.#connection = new Connection(this.#address, {
      answers: { "window/workDoneProgress/create": () => null, "client/registerCapability": () => null },
      takes: {
        "$/progress": ({ value }) => this.#showProgress(value),
        "window/showMessage": ({ message }) => this.#told.onState("waiting", message),
      },
      onOpen: () => this.#open().catch(() => {}),
      onClose: () => this.#comeBack(),
    });
  }

  async #open() {
    const connection = this.#connection;
    this.#told.onState("waiting", "Connected; the model is being loaded.");
    await connection.request("initialize", {
      processId: null,
      clientInfo: { name: "Nextline playground" },
      capabilities: { window: { workDoneProgress: true } },
      // The sample stands for itself: nothing of other files is shown to the model with it.
      initializationOptions: { context: { enabled: false } },
    });
    connection.notify("initialized", {});
    connection.notify("textDocument/didOpen", {
      textDocument: {
        uri: this.#document.uri,
        languageId: this.#document.languageId,
        version: this.#version,
        text: this.#document.text(),
      },
    });
    this.#isOpen = true;
    this.#wait = FIRST_WAIT;
    this.#told.onOpen();
    await this.#follow(connection);
  }

  /** Draws reports of the cache as they come, until the server goes. */
  async #follow(connection) {
    let after = 0;
    while (connection === this.#connection) {
      const report = await connection.request("nextline/cache", { ...this.#identifier, after });
      if (report) {
        after = report.number;
        this.#told.onReport(report);
      }
      await pause(BETWEEN_REPORTS);
    }
  }

  #showProgress({ message, percentage, kind }) {
    if (!message || kind === "end") return;
    this.#told.onState("waiting", percentage === undefined ? message : `${message} ${percentage} %`);
  }

  async #comeBack() {
    this.#isOpen = false;
    this.#told.onState(
      "gone",
      "The server has gone. Your text stays here; this page connects again by itself.",
    );
    await pause(this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    this.#connect();
  }
}
