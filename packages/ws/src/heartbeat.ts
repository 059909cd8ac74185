import type { Socket } from "node:net";
import { WebSocket } from "ws";

interface Peer {
  alive: boolean;
  /** Bytes passed to the network so far. */
  taken: number;
  readonly socket: Socket;
}

export interface Heartbeat {
  add(ws: WebSocket, socket: Socket): void;
  stop(): void;
}

/**
 * One ping timer for all peers. A peer is alive if it answered the last ping, sent a message, or received bytes: a slow peer
 * cannot answer a ping that is queued behind unread messages. A peer that is not alive is terminated at the next ping.
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
      const markAlive = () => {
        peer.alive = true;
      };
      peers.set(ws, peer);
      ws.on("pong", markAlive).on("ping", markAlive).on("message", markAlive);
      ws.once("close", () => peers.delete(ws));
    },
    stop: () => clearInterval(timer),
  };
}
