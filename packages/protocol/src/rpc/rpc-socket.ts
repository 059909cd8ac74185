/** The part of a WebSocket that an RPC connection uses. */
export interface RpcSocket {
  /** Returns a promise if the peer is slow: send nothing until it resolves. Ignored on a closed socket. */
  send(message: string | Uint8Array<ArrayBuffer>): void | Promise<void>;
  close(code: number, reason: string): void;
}

/** Close code and reason. */
export interface CloseFrame {
  readonly code: number;
  /** At most 123 bytes (RFC 6455, section 5.5). */
  readonly reason: string;
}

/** A message after which the connection must be closed, because the following messages would be ambiguous. */
export class BadMessage extends Error {
  readonly close: CloseFrame;

  constructor(code: 1009 | 4400 | 4408 | 4409 | 4413, reason: string) {
    super(reason);
    this.close = { code, reason };
  }
}
