import type { Writable } from "node:stream";

let corked: Writable[] = [];

/**
 * What is written to `socket` until the event loop's next turn goes out at once: with a thousand watchers it is the system
 * calls that cost.
 */
export function corkForTurn(socket: Writable): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  if (corked.push(socket) === 1) setImmediate(uncorkAll);
}

function uncorkAll(): void {
  const all = corked;
  corked = [];
  for (const socket of all) socket.uncork();
}
