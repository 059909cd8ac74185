/** The least that an RPC connection needs of a WebSocket library. */
export interface RpcSocket {
  /** A promise when the reader is slow: make nothing more for it until it resolves. Does nothing once it is closed. */
  send(message: string | Uint8Array<ArrayBuffer>): void | Promise<void>;
  close(code: number, reason: string): void;
}

/** How a connection ends that cannot go on. */
export interface CloseFrame {
  readonly code: number;
  /** At most 123 bytes (RFC 6455, section 5.5). */
  readonly reason: string;
}

/** A message after which the connection cannot go on: what would follow can no longer be told apart. */
export class BadMessage extends Error {
  readonly close: CloseFrame;

  constructor(code: 1009 | 4400 | 4408 | 4409 | 4413, reason: string) {
    super(reason);
    this.close = { code, reason };
  }
}
