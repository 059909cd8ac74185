// WebSockets whose other end is the test.
import type { SocketLike } from "../ws/ws-connection.ts";
import type { ConnectWsOptions } from "../ws/ws-link.ts";

type Sent = string | Uint8Array<ArrayBuffer>;

/** The message of a JSON-RPC request or notification that a client sent. */
export interface SentMessage {
  readonly id?: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export class FakeSocket extends EventTarget {
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: Sent[] = [];
  binaryType: SocketLike["binaryType"] = "blob";
  readyState = 0;
  /** Codes with which the client closed it; undefined without one. */
  readonly closedWith: (number | undefined)[] = [];
  #wake = () => {};

  constructor(url: string, protocols: readonly string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
  }

  send(data: Sent): void {
    this.sent.push(data);
    this.#wake();
  }

  close(code?: number): void {
    this.closedWith.push(code);
    this.readyState = 2;
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  fails(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("error"));
  }

  closes(code: number, reason = ""): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }

  receives(data: object | string | Uint8Array<ArrayBuffer>): void {
    const message = typeof data === "string" || data instanceof Uint8Array ? data : JSON.stringify(data);
    const given = message instanceof Uint8Array ? message.slice().buffer : message;
    this.dispatchEvent(Object.assign(new Event("message"), { data: given }));
  }

  answers(id: number, result: unknown): void {
    this.receives({ jsonrpc: "2.0", id, result });
  }

  /** Text messages that were sent so far. */
  get messages(): readonly SentMessage[] {
    return this.sent.filter((one) => typeof one === "string").map((one) => JSON.parse(one) as SentMessage);
  }

  get methods(): readonly string[] {
    return this.messages.map(({ method }) => method);
  }

  /** Resolves once `count` messages were sent. */
  async until(count: number): Promise<readonly SentMessage[]> {
    while (this.sent.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.messages;
  }
}

/** Returns the constructor for `connectWs` and the sockets that it made. `opens`: true if each of them opens by itself. */
export function fakeSockets({ opens = true }: { readonly opens?: boolean } = {}) {
  const sockets: FakeSocket[] = [];
  class Socket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
      if (opens) queueMicrotask(() => this.opens());
    }
  }
  return { sockets, WebSocket: Socket as unknown as NonNullable<ConnectWsOptions["WebSocket"]> };
}
