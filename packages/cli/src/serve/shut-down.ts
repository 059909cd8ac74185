// The end of `deepaas run`, from the first signal on.
import type { Server } from "node:http";
import type { Host } from "@deepaas/core";
import type { ArrivingBodies } from "./arriving-bodies.ts";

export interface Served {
  readonly server: Server;
  readonly host: Pick<Host, "close">;
  /** The WebSocket connections. */
  readonly sockets: { close(): Promise<void> };
  readonly bodies: ArrivingBodies;
  /** Time for requests that are arriving and calls that run, together. */
  readonly drainMs: number;
}

/** Accepts no further connection, answers what has arrived, stops the runs, and closes what is left. */
export async function shutDown({ server, host, sockets, bodies, drainMs }: Served): Promise<void> {
  server.close();
  // Connections in use stay open until their next response, which closes them.
  server.prependListener("request", (_request, response) => response.setHeader("Connection", "close"));
  const drainUntil = performance.now() + drainMs;
  await bodies.settled(drainMs);
  // Before the sockets, so that watchers receive the last events of the runs that stop.
  await host.close({ drainMs: Math.max(0, drainUntil - performance.now()) });
  await sockets.close();
  await endConnections(server);
  // Observers are told of the requests that were cut off.
  await bodies.closed(100);
}

/** Waits up to a second for responses that are being sent, then closes every connection. */
async function endConnections(server: Server): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  let limit: NodeJS.Timeout | undefined;
  await new Promise<unknown>((resolve) => {
    server.closeIdleConnections();
    server.close(resolve);
    limit = setTimeout(resolve, 1_000);
  });
  clearTimeout(limit);
  clearInterval(idle);
  server.closeAllConnections();
}
