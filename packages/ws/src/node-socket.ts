import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocket } from "ws";
import type { TextSocket } from "./watch-over-socket.ts";

const framesPerTurn = 64;

/**
 * A socket of `ws` that says when to wait: while more than `maxBufferedBytes` are unsent, until they have gone; and for a
 * moment after some frames, because a long replay must not keep every other socket waiting.
 */
export function nodeSocket(ws: WebSocket, maxBufferedBytes: number): TextSocket {
  let framesThisTurn = 0;
  return {
    send(text) {
      if (ws.readyState !== WebSocket.OPEN) return;
      if (ws.bufferedAmount >= maxBufferedBytes) {
        // Also called, with an error, when the socket closes first; that is told by its "close".
        return new Promise((resolve) => ws.send(text, () => resolve()));
      }
      ws.send(text, () => {});
      if (++framesThisTurn < framesPerTurn) return;
      framesThisTurn = 0;
      return nextTurn();
    },
    close: (code, reason) => ws.close(code, reason),
  };
}
