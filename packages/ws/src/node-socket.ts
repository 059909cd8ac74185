import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RpcSocket } from "@deepaas/protocol/rpc";
import { WebSocket } from "ws";

const framesPerTurn = 64;

/**
 * A socket of `ws` with back pressure: `send` returns a promise while more than `maxBufferedBytes` are unsent, and once in
 * a while for one turn of the event loop, so that a long replay does not block other sockets. `socket` is the TCP or TLS
 * socket below.
 */
export function nodeSocket(ws: WebSocket, socket: Writable, maxBufferedBytes: number): RpcSocket {
  let framesThisTurn = 0;
  // A closing socket discards messages before it emits `close`: the log must not be read further meanwhile.
  const gone = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  return {
    send(message) {
      if (ws.readyState !== WebSocket.OPEN) return gone;
      corkForTurn(socket);
      if (ws.bufferedAmount >= maxBufferedBytes) {
        return new Promise((resolve) => ws.send(message, (error) => resolve(error ? gone : undefined)));
      }
      ws.send(message);
      if (++framesThisTurn < framesPerTurn) return;
      framesThisTurn = 0;
      return nextTurn();
    },
    close: (code, reason) => ws.close(code, reason),
  };
}

let corked: Writable[] = [];

/** Sends all writes of one turn of the event loop together: with a thousand watchers the system calls are the cost. */
function corkForTurn(socket: Writable): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  if (corked.push(socket) === 1) setImmediate(uncorkAll);
}

function uncorkAll(): void {
  const sockets = corked;
  corked = [];
  for (const socket of sockets) socket.uncork();
}
