// Reads the rest of a request body when the response is ready. Closing a connection with unread bytes resets it, and the
// client does not see the response.
import type { IncomingMessage } from "node:http";
import { isBodyHeld } from "./continue.ts";

export interface DrainOptions {
  /** True if the connection is closed after the response: then send the response when the drain has resolved. */
  readonly closing: boolean;
}

const maxMs = 10_000;
/** A client that sends nothing for this long is assumed to wait for the response. */
const quietMs = 250;

const allRead = Symbol("allRead");
type Request = IncomingMessage & { [allRead]?: true };

/** Marks a body as read: Node sets `complete` only in the next turn of the event loop. */
export function markRead(req: Request): void {
  req[allRead] = true;
}

function isRead(req: Request): boolean {
  // The client waits to be asked for it.
  if (isBodyHeld(req)) return true;
  if (req.complete || req.destroyed || req[allRead]) return true;
  return req.headers["content-length"] === undefined && req.headers["transfer-encoding"] === undefined;
}

/** Reads and discards the rest of the body, for at most ten seconds. Never rejects. */
export function drain(req: IncomingMessage, { closing }: DrainOptions): Promise<void> {
  if (isRead(req)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(cut);
      clearTimeout(quiet);
      resolve();
    };
    const cut = setTimeout(() => (closing ? done() : req.socket.destroy()), maxMs);
    let quiet: NodeJS.Timeout | undefined;
    const wait = () => {
      clearTimeout(quiet);
      quiet = setTimeout(done, quietMs);
    };
    if (closing) {
      wait();
      req.on("data", wait);
    }
    cut.unref();
    req.once("close", done);
    req.once("end", done);
    req.on("error", () => {});
    req.resume();
  });
}
