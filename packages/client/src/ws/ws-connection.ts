// One socket from open to close. Nothing is sent again on another socket.
import { DeepaasError, type ErrorCode, type FileSource, type JsonValue } from "@deepaas/core";
import {
  type CallId,
  errorFromWire,
  mayRefer,
  notificationText,
  type Outgoing,
  RpcChannel,
  type RpcNote,
  type RpcNotifications,
} from "@deepaas/protocol/rpc";
import type { PendingCall } from "./pending-call.ts";

/** The part of the global `WebSocket` that this module uses. */
export type SocketLike = Pick<WebSocket, "send" | "close" | "binaryType" | "readyState" | "addEventListener">;

interface Answer {
  readonly id?: CallId | null;
  readonly method?: string;
  readonly params?: {
    readonly id?: CallId;
    readonly event?: JsonValue;
    readonly item?: JsonValue;
    readonly weightsVersion?: number;
  };
  readonly weightsVersion?: number;
  readonly result?: JsonValue;
  readonly error?: { readonly data?: unknown };
}

const open = 1;
/** A client trusts the sizes that its server sends. */
const maxMessageBytes = 2 ** 30;
const maxAttachments = 65_536;

export class WsConnection {
  readonly #socket: SocketLike;
  readonly #channel: RpcChannel;
  readonly #calls = new Map<CallId, PendingCall>();
  /** Calls that their caller cancelled; a response may still arrive. */
  readonly #left = new Set<CallId>();
  readonly #beat: ReturnType<typeof setInterval> | undefined;
  #lastId = 0;
  #heard = true;
  #end: DeepaasError | undefined;

  constructor(socket: SocketLike, heartbeatMs: number) {
    this.#socket = socket;
    const send = (message: string | Uint8Array<ArrayBuffer>) => {
      if (socket.readyState === open) socket.send(message);
    };
    this.#channel = new RpcChannel(
      { send, close: (code, reason) => socket.close(code, reason) },
      { maxMessageBytes, maxAttachments, onText: (text) => this.#onText(text) },
    );
    socket.addEventListener("message", (event: Event) => {
      const { data } = event as unknown as { readonly data: string | ArrayBuffer };
      this.#heard = true;
      try {
        this.#channel.received(typeof data === "string" ? data : new Uint8Array(data));
      } catch {
        this.end(new DeepaasError("unavailable", "The server sent an invalid message."));
      }
    });
    socket.addEventListener("close", ({ code, reason }) => this.end(errorOfClose(code, reason)));
    if (heartbeatMs > 0) this.#beat = setInterval(() => this.#check(), heartbeatMs);
  }

  /** True if a new call may use the connection. */
  get usable(): boolean {
    return this.#end === undefined && this.#socket.readyState === open;
  }

  /** Ends the connection: every call in progress rejects with the error. */
  end(error: DeepaasError): void {
    if (this.#end) return;
    this.#end = error;
    clearInterval(this.#beat);
    this.#channel.close(error);
    for (const call of this.#calls.values()) call.fail(error);
    this.#calls.clear();
    if (this.#socket.readyState <= open) this.#socket.close(1000);
  }

  nextId(): CallId {
    return ++this.#lastId;
  }

  outgoing(value: unknown, onSent?: (bytes: number) => void): Outgoing {
    return this.#channel.outgoing(value as FileSource, onSent);
  }

  start(call: PendingCall, method: string, params: object): void {
    if (this.#end) {
      call.fail(this.#end);
      return;
    }
    this.#calls.set(call.id, call);
    void this.#channel.send(JSON.stringify({ jsonrpc: "2.0", id: call.id, method, params }));
    if (call.outgoing) void this.#channel.sendFiles(call.outgoing);
  }

  /** Cancels a call whose caller is gone. */
  leave({ id, outgoing, givesFiles }: PendingCall): void {
    if (!this.#calls.delete(id)) return;
    if (givesFiles) this.#left.add(id);
    if (outgoing) this.#channel.stopFiles(outgoing);
    this.note("$/cancel", { id });
  }

  note<N extends RpcNote>(method: N, params: RpcNotifications[N]): void {
    if (!this.#end) void this.#channel.send(notificationText(method, params));
  }

  #onText(text: string): void {
    const { id, method, params = {}, result = null, error, weightsVersion } = JSON.parse(text) as Answer;
    if (method !== undefined) {
      if (this.#channel.noted(method, params) || params.id === undefined) return;
      const item = method === "$/event" ? params.event : method === "$/item" ? params.item : undefined;
      const call = this.#calls.get(params.id);
      tellVersion(call, params.weightsVersion);
      if (item !== undefined) call?.item(item);
      return;
    }
    if (id === undefined || id === null) return;
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#left.delete(id) && mayRefer(text)) this.#channel.refuse(result);
    tellVersion(call, weightsVersion);
    if (error) call?.fail(errorFromWire(error.data));
    else call?.answer(call.givesFiles && mayRefer(text) ? this.#channel.incoming(result) : result);
  }

  /** Pings while calls are waiting, to notice a connection that died silently. */
  #check(): void {
    if (this.#calls.size === 0) {
      this.#heard = true;
      return;
    }
    if (!this.#heard) this.end(new DeepaasError("unavailable", "The server has gone silent."));
    this.#heard = false;
    this.note("$/ping", {});
  }
}

/** A listener that throws fails its call, not the connection. */
function tellVersion(call: PendingCall | undefined, version: number | undefined): void {
  try {
    if (version !== undefined) call?.onVersion?.(version);
  } catch (error) {
    call?.fail(error as DeepaasError);
  }
}

const codesOfCloses: Readonly<Record<number, ErrorCode>> = {
  1013: "overloaded",
  4401: "unauthenticated",
  4403: "permission_denied",
};

function errorOfClose(code: number, reason: string): DeepaasError {
  // A close reason starts with an error code.
  const said = reason.replace(/^[a-z_]+: /, "") || `The connection closed (${code}).`;
  return new DeepaasError(codesOfCloses[code] ?? "unavailable", said);
}
