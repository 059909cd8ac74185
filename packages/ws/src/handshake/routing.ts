// Several `attachWs` may share a server: one listener asks each of them. An upgrade that none handles is left to the other
// listeners of the server, or refused.
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

interface UpgradeHandler {
  /** Returns true if it handles the upgrade. */
  handle(upgrade: UpgradeRequest): boolean;
  /** Called for an upgrade that nobody handles. */
  refuse(upgrade: UpgradeRequest): void;
}

type UpgradeServer = Server & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean };

interface Routing {
  readonly handlers: Set<UpgradeHandler>;
  stop(): void;
}

const routings = new WeakMap<Server, Routing>();

/** Passes the upgrades of `server` to `handler` until the returned function is called. The last call restores the server. */
export function routeUpgrades(server: Server, handler: UpgradeHandler): () => void {
  const routing = routings.get(server) ?? listen(server);
  routing.handlers.add(handler);
  return () => {
    routing.handlers.delete(handler);
    if (routing.handlers.size > 0) return;
    routing.stop();
    routings.delete(server);
  };
}

function listen(server: UpgradeServer): Routing {
  const handlers = new Set<UpgradeHandler>();
  const route = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upgrade = { request, socket, head };
    for (const handler of handlers) if (handler.handle(upgrade)) return;
    if (server.listenerCount("upgrade") > 1) return;
    const [first] = handlers;
    first?.refuse(upgrade);
  };
  const before = server.shouldUpgradeCallback;
  server.on("upgrade", route);
  // Without this, every request with an Upgrade header would come here, also one for h2c (`curl --http2`), which the server
  // may answer without an upgrade (RFC 9110, section 7.8).
  server.shouldUpgradeCallback = (request) => {
    const others = server.listenerCount("upgrade") > 1;
    return others ? (before?.call(server, request) ?? true) : isWebSocket(request);
  };
  const stop = () => {
    server.off("upgrade", route);
    if (before) server.shouldUpgradeCallback = before;
  };
  const routing = { handlers, stop };
  routings.set(server, routing);
  return routing;
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}
