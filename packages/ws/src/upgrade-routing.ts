// Several attachments may share a server: one listener asks each, and what none takes is left to others, or refused.

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { DeepaasError } from "@deepaas/core";
import { refuseUpgrade } from "./refuse-upgrade.ts";

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** True: this one has taken the upgrade. */
type Taker = (upgrade: UpgradeRequest) => boolean;
type UpgradeServer = Server & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };

const takersOf = new WeakMap<Server, Set<Taker>>();

/** Gives the upgrades of `server` to `taker`, until the returned function is called. */
export function routeUpgrades(server: Server, taker: Taker): () => void {
  const takers = takersOf.get(server) ?? listen(server);
  takers.add(taker);
  return () => takers.delete(taker);
}

function listen(server: UpgradeServer): Set<Taker> {
  const takers = new Set<Taker>();
  takersOf.set(server, takers);
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    for (const take of takers) if (take({ request, socket, head })) return;
    if (server.listenerCount("upgrade") > 1) return;
    socket.on("error", () => {});
    refuseUpgrade(socket, new DeepaasError("not_found", "There is no WebSocket here."));
  });
  // With a listener every request that offers an upgrade would come here, also one that offers h2c (`curl --http2`)
  // and that the server may answer as it is (RFC 9110, section 7.8).
  const before = server.shouldUpgradeCallback;
  server.shouldUpgradeCallback = (request) => {
    const others = server.listenerCount("upgrade") > 1;
    return others ? (before?.call(server, request) ?? true) : isWebSocket(request);
  };
  return takers;
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}
