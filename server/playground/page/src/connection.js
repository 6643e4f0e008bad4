/**
 * JSON-RPC over a WebSocket, one message per text frame. Knows no methods: what the server asks for
 * is answered by `answers`, what it tells is taken by `takes`, both by method.
 */
export class Connection {
  #socket;
  #lastId = 0;
  #waiting = new Map();

  /** `onClose` is called once, also if there never was a connection. */
  constructor(url, { answers, takes, onOpen, onClose }) {
    this.#socket = new WebSocket(url);
    this.#socket.onopen = onOpen;
    this.#socket.onmessage = ({ data }) => this.#take(JSON.parse(data), answers, takes);
    this.#socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("The server has gone."));
      this.#waiting.clear();
      onClose();
    };
  }

  /** Sends a request; the promise fails with the server's sentence, or when the server goes. */
  request(method, params) {
    const id = ++this.#lastId;
    this.#send({ id, method, params });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  notify(method, params) {
    this.#send({ method, params });
  }

  #send(message) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  #take(message, answers, takes) {
    if (message.method === undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result);
    } else if (message.id === undefined) {
      takes[message.method]?.(message.params);
    } else if (answers[message.method]) {
      this.#send({ id: message.id, result: answers[message.method](message.params) });
    } else {
      this.#send({ id: message.id, error: { code: -32601, message: "The playground has no such method." } });
    }
  }
}
