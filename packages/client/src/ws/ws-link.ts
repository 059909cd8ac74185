// The connection to one server: opened when a call needs it, and opened again after a loss.
import { abortReason, DeepaasError } from "@deepaas/core";
import { rpcPath, rpcSubprotocol, toBearerProtocol } from "@deepaas/protocol/rpc";
import { checkedUrl } from "../checked-url.ts";
import { type SocketLike, WsConnection } from "./ws-connection.ts";

export interface ConnectWsOptions {
  /**
   * Bearer token for a server that authenticates (`PROTOCOL.md`, WS-57). A function is called for each connection; if it fails,
   * the waiting calls reject `unauthenticated`, or with the `DeepaasError` that it threw. If the server refuses the token, they
   * reject `unauthenticated`. Default: none.
   */
  readonly token?: string | (() => string | Promise<string>);
  /** Default: the global `WebSocket`. */
  readonly WebSocket?: new (
    url: string,
    protocols: string[],
  ) => SocketLike;
  /** Timeout of opening a connection, in milliseconds; then the waiting calls reject `unavailable`. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Ping interval in milliseconds. A server silent for two intervals during a call is `unavailable`. Default 15,000. 0: no pings. */
  readonly heartbeatMs?: number;
}

export const defaultWsOptions = {
  token: undefined,
  WebSocket: undefined,
  connectTimeoutMs: 10_000,
  heartbeatMs: 15_000,
} as const;

export class WsLink {
  readonly #url: string;
  readonly #options: ConnectWsOptions;
  #connection: Promise<WsConnection> | undefined;
  #opened: WsConnection | undefined;
  #closed: DeepaasError | undefined;
  /** Cancels the connection that is being opened. */
  #giveUp: ((reason: DeepaasError) => void) | undefined;

  constructor(url: string | URL, options: ConnectWsOptions) {
    this.#url = checkedUrl("connectWs", url).replace(/^http/i, "ws") + rpcPath;
    this.#options = options;
  }

  /** Undefined before the first connection is open. */
  get opened(): WsConnection | undefined {
    return this.#opened?.usable ? this.#opened : undefined;
  }

  async open(signal: AbortSignal | undefined): Promise<WsConnection> {
    if (this.#closed) throw this.#closed;
    if (this.opened) return this.opened;
    if (this.#opened) this.#connection = undefined;
    this.#opened = undefined;
    this.#connection ??= this.#connect();
    if (!signal) return this.#connection;
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(abortReason(signal));
    signal.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([this.#connection, left.promise]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  close(): void {
    this.#closed ??= new DeepaasError("cancelled", "The client was closed.");
    this.#opened?.end(this.#closed);
    this.#giveUp?.(this.#closed);
  }

  async #connect(): Promise<WsConnection> {
    const {
      token,
      WebSocket = globalThis.WebSocket,
      connectTimeoutMs,
      heartbeatMs,
    } = { ...defaultWsOptions, ...this.#options };
    const opened = Promise.withResolvers<undefined>();
    this.#giveUp = opened.reject;
    const fail = () => opened.reject(new DeepaasError("unavailable", "The server cannot be reached."));
    const timer = setTimeout(fail, connectTimeoutMs);
    let socket: SocketLike | undefined;
    try {
      const known = typeof token === "function" ? await Promise.race([tokenFrom(token), opened.promise]) : token;
      socket = new WebSocket(this.#url, [rpcSubprotocol, ...(known === undefined ? [] : [toBearerProtocol(known)])]);
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => opened.resolve(undefined), { once: true });
      socket.addEventListener("error", fail, { once: true });
      socket.addEventListener("close", fail, { once: true });
      await opened.promise;
      const connection = new WsConnection(socket, heartbeatMs);
      this.#opened = connection;
      if (this.#closed) connection.end(this.#closed);
      return connection;
    } catch (error) {
      this.#connection = undefined;
      socket?.close();
      throw error;
    } finally {
      clearTimeout(timer);
      this.#giveUp = undefined;
    }
  }
}

/** Rejects `unauthenticated` if `token` fails. */
export async function tokenFrom(token: () => string | Promise<string>): Promise<string> {
  try {
    return await token();
  } catch (error) {
    if (DeepaasError.is(error)) throw error;
    throw new DeepaasError("unauthenticated", "There is no token to connect with.", { cause: error });
  }
}
