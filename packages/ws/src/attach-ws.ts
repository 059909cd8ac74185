// The WebSocket door on Node, next to whatever serves HTTP on the same server.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { DeepaasError, type ModelService } from "@deepaas/core";
import { type WebSocket, WebSocketServer } from "ws";
import { type AttachWsOptions, checkAttachWsOptions } from "./attach-ws-options.ts";
import { closeForRestart } from "./close-of-error.ts";
import { heartbeat } from "./heartbeat.ts";
import { isAllowedOrigin } from "./is-allowed-origin.ts";
import { nodeSocket } from "./node-socket.ts";
import { afterIn, runIdIn } from "./read-watch-url.ts";
import { refuseUpgrade, shuttingDown } from "./refuse-upgrade.ts";
import { routeUpgrades, type UpgradeRequest } from "./upgrade-routing.ts";
import { type WatchRequest, watchOverSocket } from "./watch-over-socket.ts";

export interface AttachedWs {
  /** How many watchers there are. */
  readonly connections: number;
  /**
   * Refuses new watchers with 503, tells the others 1012 (come back later), waits up to `drainMs` for them to leave, and
   * drops the rest. May be called twice. Leaves the server and the service alone.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Watchers send nothing but pings and closes. */
const maxPayload = 4_096;

/**
 * Serves `{basePath}/v2/runs/{id}/events?after=N` to clients that ask for a WebSocket: each event of the run's log as one
 * text frame of JSON, then close 1000. Before the upgrade a fault is an HTTP answer with problem details: 404 for no such
 * run, 410 and 416 for an `after` outside the log, 400 for one that is no number, 403 for a foreign page, 503 when it is
 * full or closing. After it, it is a close code: see `closeOfError`. An upgrade to any other path is left to the server's
 * other listeners; without any it is refused with 404. Throws a TypeError for an option that is not known or out of range.
 */
export function attachWs(server: Server, service: ModelService, options: AttachWsOptions = {}): AttachedWs {
  const { basePath, origins, maxConnections, heartbeatMs, maxBufferedBytes, drainMs, logger } =
    checkAttachWsOptions(options);
  const wss = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload });
  const beats = heartbeat(heartbeatMs);
  const watchers = new Set<WebSocket>();
  /** Their runs are being looked up. */
  const arriving = new Set<Duplex>();
  let closing: Promise<void> | undefined;

  const take = (upgrade: UpgradeRequest): boolean => {
    const { url = "", headers } = upgrade.request;
    const runId = runIdIn(url, basePath);
    if (runId === undefined) return false;
    const { socket } = upgrade;
    socket.on("error", (error) => logger.debug({ err: error, runId }, "a watcher's connection failed"));
    if (closing) refuseUpgrade(socket, shuttingDown());
    else if (!isAllowedOrigin(headers, origins)) {
      refuseUpgrade(socket, new DeepaasError("permission_denied", "Pages of this origin may not connect."));
    } else if (watchers.size + arriving.size >= maxConnections) {
      refuseUpgrade(socket, new DeepaasError("overloaded", "Too many watchers.", { retryAfterMs: 5_000 }));
    } else {
      arriving.add(socket);
      accept(upgrade, runId)
        .catch((error: unknown) => {
          logger.error({ err: error, runId }, "a watcher could not be accepted");
          socket.destroy();
        })
        .finally(() => arriving.delete(socket));
    }
    return true;
  };

  const accept = async ({ request, socket, head }: UpgradeRequest, runId: string) => {
    let watch: WatchRequest = { runId };
    try {
      watch = { runId, ...afterIn(request.url ?? "") };
      await checkCursor(service, watch, socket);
    } catch (error) {
      if (closing) return;
      const status = DeepaasError.is(error) && error.code === "invalid_args" ? { status: 400 } : {};
      if (!DeepaasError.is(error)) logger.error({ err: error, runId }, "a run could not be looked up");
      return refuseUpgrade(socket, error, { ...status, ...(watch.after !== undefined && { cursor: watch.after }) });
    }
    if (closing) return;
    wss.handleUpgrade(request, socket, head, (ws) => open(ws, watch, socket as Socket));
  };

  const open = (ws: WebSocket, watch: WatchRequest, socket: Socket) => {
    // Also raised for a frame above `maxPayload`, which `ws` itself closes with 1009.
    ws.on("error", (error) => logger.debug({ err: error, runId: watch.runId }, "a watcher's socket failed"));
    const closed = watchOverSocket(service, nodeSocket(ws, maxBufferedBytes), { ...watch, logger });
    watchers.add(ws);
    beats.add(ws, socket);
    ws.once("close", (code, reason) => {
      watchers.delete(ws);
      closed(code, reason.toString());
    });
  };

  const end = async (waitMs: number) => {
    const { code, reason } = closeForRestart;
    for (const socket of arriving) refuseUpgrade(socket, shuttingDown());
    const left = [...watchers].map((ws) => {
      return new Promise<void>((resolve) => ws.once("close", () => resolve()).close(code, reason));
    });
    const drop = setTimeout(() => {
      for (const ws of watchers) ws.terminate();
    }, waitMs);
    await Promise.all(left);
    clearTimeout(drop);
    beats.stop();
    stopRouting();
  };

  const stopRouting = routeUpgrades(server, take);
  return {
    get connections() {
      return watchers.size;
    },
    close(given = {}) {
      closing ??= end(given.drainMs ?? drainMs);
      return closing;
    },
  };
}

/** Looked up before the upgrade, because only then can a refusal have a status. */
async function checkCursor(service: ModelService, { runId, after }: WatchRequest, socket: Duplex): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  socket.once("close", leave);
  try {
    const { firstSeq, lastSeq } = await service.run(runId, { signal: left.signal });
    if (after === undefined || (after >= firstSeq - 1 && after <= lastSeq)) return;
    const message = `The log of run ${runId} holds ${firstSeq} to ${lastSeq}; ${after} is outside.`;
    throw new DeepaasError("out_of_range", message, { first: firstSeq, last: lastSeq });
  } finally {
    socket.off("close", leave);
  }
}
