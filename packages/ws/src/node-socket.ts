import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RpcSocket } from "@deepaas/protocol/rpc";
import { WebSocket } from "ws";
import { corkForTurn } from "./cork-for-turn.ts";

const framesPerTurn = 64;

/**
 * A socket of `ws` that says when to wait: while more than `maxBufferedBytes` are unsent, until they have gone; and for a
 * moment after some frames, because a long replay must not keep every other socket waiting. `socket` is what lies below it.
 */
export function nodeSocket(ws: WebSocket, socket: Writable, maxBufferedBytes: number): RpcSocket {
  let framesThisTurn = 0;
  // A socket that is closing takes nothing more, but says so a little later: until then the log must not be read on.
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
