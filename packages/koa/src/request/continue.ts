// `Expect: 100-continue` (RFC 9110, section 10.1.1): the client sends its body when the server asks for it, so that a refused
// request costs no upload.
import type { IncomingMessage, ServerResponse } from "node:http";

const held = new WeakMap<IncomingMessage, ServerResponse>();

/** The body of this request is asked for when it is read, by `askForBody`. */
export function holdBody(req: IncomingMessage, res: ServerResponse): void {
  held.set(req, res);
}

/** Call it before reading. */
export function askForBody(req: IncomingMessage): void {
  const res = held.get(req);
  if (!res) return;
  held.delete(req);
  res.writeContinue();
}

/** Returns true if the body was never asked for. */
export function isBodyHeld(req: IncomingMessage): boolean {
  return held.has(req);
}
