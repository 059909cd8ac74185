// What is still on its way when an answer is ready. Closing a connection with unread bytes in it resets it, and the client
// never sees why.
import type { IncomingMessage } from "node:http";

export interface DrainOptions {
  /** Whether the connection ends with the answer: then the answer should come after this resolves. */
  readonly closing: boolean;
}

const maxMs = 10_000;
/** Whoever sends nothing for this long waits for the answer. */
const quietMs = 250;

const allRead = Symbol("allRead");
type Request = IncomingMessage & { [allRead]?: true };

/** Nothing of the body is left, although the request is not marked as complete before the next turn of the event loop. */
export function markRead(req: Request): void {
  req[allRead] = true;
}

function isRead(req: Request): boolean {
  if (req.complete || req.destroyed || req[allRead]) return true;
  return req.headers["content-length"] === undefined && req.headers["transfer-encoding"] === undefined;
}

/** Reads on and drops what comes. Whoever goes on sending for longer than ten seconds is cut off. Never rejects. */
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
