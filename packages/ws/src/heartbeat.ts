import type { Socket } from "node:net";
import { WebSocket } from "ws";

interface Peer {
  alive: boolean;
  /** Bytes that the network has taken so far. */
  taken: number;
  readonly socket: Socket;
}

export interface Heartbeat {
  add(ws: WebSocket, socket: Socket): void;
  stop(): void;
}

/**
 * One timer for all peers. A peer lives if it has answered the last ping, sent anything, or read anything: a slow reader
 * cannot answer a ping that waits behind what it has not read yet. One that does neither for a whole beat is dropped.
 */
export function heartbeat(everyMs: number): Heartbeat {
  const peers = new Map<WebSocket, Peer>();
  const beat = () => {
    for (const [ws, peer] of peers) {
      if (ws.readyState !== WebSocket.OPEN) continue;
      const taken = peer.socket.bytesWritten - peer.socket.writableLength;
      const read = ws.bufferedAmount > 0 && taken > peer.taken;
      peer.taken = taken;
      if (!peer.alive && !read) {
        ws.terminate();
        continue;
      }
      peer.alive = false;
      ws.ping(() => {});
    }
  };
  const timer = everyMs > 0 ? setInterval(beat, everyMs).unref() : undefined;
  return {
    add(ws, socket) {
      const peer = { alive: true, taken: 0, socket };
      const show = () => {
        peer.alive = true;
      };
      peers.set(ws, peer);
      ws.on("pong", show).on("ping", show).on("message", show);
      ws.once("close", () => peers.delete(ws));
    },
    stop: () => clearInterval(timer),
  };
}
