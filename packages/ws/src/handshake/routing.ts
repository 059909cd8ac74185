// Several attachments may share a server: one listener asks each, and what none takes is left to others, or refused.

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { DeepaasError } from "@deepaas/core";
import { refuseUpgrade } from "./refuse.ts";

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** True: this one has taken the upgrade. */
type Taker = (upgrade: UpgradeRequest) => boolean;
type UpgradeServer = Server & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };

interface Routing {
  readonly takers: Set<Taker>;
  stop(): void;
}

const routings = new WeakMap<Server, Routing>();

/** Gives the upgrades of `server` to `taker`, until the returned function is called; the last one leaves it as it was. */
export function routeUpgrades(server: Server, taker: Taker): () => void {
  const routing = routings.get(server) ?? listen(server);
  routing.takers.add(taker);
  return () => {
    routing.takers.delete(taker);
    if (routing.takers.size > 0) return;
    routing.stop();
    routings.delete(server);
  };
}

function listen(server: UpgradeServer): Routing {
  const takers = new Set<Taker>();
  const route = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    for (const take of takers) if (take({ request, socket, head })) return;
    if (server.listenerCount("upgrade") > 1) return;
    socket.on("error", () => {});
    refuseUpgrade(socket, new DeepaasError("not_found", "There is no WebSocket here."));
  };
  const before = server.shouldUpgradeCallback;
  server.on("upgrade", route);
  // With a listener every request that offers an upgrade would come here, also one that offers h2c (`curl --http2`)
  // and that the server may answer as it is (RFC 9110, section 7.8).
  server.shouldUpgradeCallback = (request) => {
    const others = server.listenerCount("upgrade") > 1;
    return others ? (before?.call(server, request) ?? true) : isWebSocket(request);
  };
  const stop = () => {
    server.off("upgrade", route);
    if (before) server.shouldUpgradeCallback = before;
  };
  const routing = { takers, stop };
  routings.set(server, routing);
  return routing;
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}
