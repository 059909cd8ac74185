// The WebSocket door on Node, next to whatever serves HTTP on the same server.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { DeepaasError, type ModelService } from "@deepaas/core";
import { maxFrameBytes, rpcSubprotocol } from "@deepaas/protocol/rpc";
import { type WebSocket, WebSocketServer } from "ws";
import { type AttachWsOptions, checkAttachWsOptions } from "./attach-ws-options.ts";
import { closeForRestart } from "./close-of-error.ts";
import { heartbeat } from "./heartbeat.ts";
import { isAllowedOrigin } from "./is-allowed-origin.ts";
import { nodeSocket } from "./node-socket.ts";
import { afterIn, isRpcUrl, runIdIn } from "./read-watch-url.ts";
import { refuseUpgrade, shuttingDown } from "./refuse-upgrade.ts";
import { rpcOverSocket } from "./rpc/rpc-over-socket.ts";
import { offersRpc, serveRpc } from "./serve-rpc.ts";
import { spoolFile } from "./spool-file.ts";
import { routeUpgrades, type UpgradeRequest } from "./upgrade-routing.ts";
import { type WatchRequest, watchOverSocket } from "./watch-over-socket.ts";

export interface AttachedWs {
  /** How many watchers and RPC connections there are. */
  readonly connections: number;
  /**
   * Refuses new connections with 503 and new calls with `unavailable`, waits up to `drainMs` for the calls under way, tells
   * everyone 1012 (come back later), waits up to `drainMs` for them to leave, and drops the rest. Watches and streams are
   * not waited for. May be called twice. Leaves the server and the service alone.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Watchers send nothing but pings and closes. */
const maxPayload = 4_096;

/**
 * Serves two URLs to clients that ask for a WebSocket. `{basePath}/v2/runs/{id}/events?after=N`: each event of the run's log
 * as one text frame of JSON, then close 1000. `{basePath}/v2/ws` with the sub-protocol `deepaas.v2`: the whole service as
 * JSON-RPC 2.0. `PROTOCOL.md` of `@deepaas/protocol` says all of both. Before the upgrade a fault is an HTTP answer with problem details: 404 for no such
 * run, 410 and 416 for an `after` outside the log, 400 for one that is no number or a sub-protocol that is not ours, 403 for a foreign page, 503 when it is
 * full or closing. After it, it is a close code: see `closeOfError`. An upgrade to any other path is left to the server's
 * other listeners; without any it is refused with 404. Throws a TypeError for an option that is not known or out of range.
 */
export function attachWs(server: Server, service: ModelService, options: AttachWsOptions = {}): AttachedWs {
  const all = checkAttachWsOptions(options);
  const { basePath, origins, maxConnections, heartbeatMs, maxBufferedBytes, drainMs, logger } = all;
  const quiet = { noServer: true, clientTracking: false, perMessageDeflate: false } as const;
  const watching = new WebSocketServer({ ...quiet, maxPayload });
  const calling = new WebSocketServer({ ...quiet, maxPayload: maxFrameBytes, handleProtocols: () => rpcSubprotocol });
  const endpoint = rpcOverSocket(service, { ...all, keepFile: spoolFile });
  const beats = heartbeat(heartbeatMs);
  /** Each with what has to be waited for before it may be closed. */
  const peers = new Map<WebSocket, () => Promise<void>>();
  /** Their runs are being looked up. */
  const arriving = new Set<Duplex>();
  let closing: Promise<void> | undefined;

  const take = (upgrade: UpgradeRequest): boolean => {
    const { url = "", headers } = upgrade.request;
    const runId = runIdIn(url, basePath);
    if (runId === undefined && !isRpcUrl(url, basePath)) return false;
    const { socket } = upgrade;
    socket.on("error", (error) => logger.debug({ err: error, runId }, "a connection failed"));
    if (closing) refuseUpgrade(socket, shuttingDown());
    else if (!isAllowedOrigin(headers, origins)) {
      refuseUpgrade(socket, new DeepaasError("permission_denied", "Pages of this origin may not connect."));
    } else if (peers.size + arriving.size >= maxConnections) {
      refuseUpgrade(socket, new DeepaasError("overloaded", "Too many connections.", { retryAfterMs: 5_000 }));
    } else if (runId === undefined) call(upgrade);
    else {
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

  const call = ({ request, socket, head }: UpgradeRequest) => {
    if (!offersRpc(request.headers)) {
      const message = `The sub-protocol here is ${rpcSubprotocol}.`;
      return refuseUpgrade(socket, new DeepaasError("invalid_args", message), { status: 400 });
    }
    calling.handleUpgrade(request, socket, head, (ws) => {
      const connection = serveRpc(ws, socket, { endpoint, maxBufferedBytes });
      meet(ws, socket as Socket, () => connection.drain());
    });
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
    watching.handleUpgrade(request, socket, head, (ws) => open(ws, watch, socket as Socket));
  };

  const open = (ws: WebSocket, watch: WatchRequest, socket: Socket) => {
    const closed = watchOverSocket(service, nodeSocket(ws, socket, maxBufferedBytes), { ...watch, logger });
    meet(ws, socket, async () => {});
    ws.once("close", (code, reason) => closed(code, reason.toString()));
  };

  const meet = (ws: WebSocket, socket: Socket, drain: () => Promise<void>) => {
    // Also raised for a frame above `maxPayload`, which `ws` itself closes with 1009.
    ws.on("error", (error) => logger.debug({ err: error }, "a socket failed"));
    peers.set(ws, drain);
    beats.add(ws, socket);
    ws.once("close", () => peers.delete(ws));
  };

  const end = async (waitMs: number) => {
    const { code, reason } = closeForRestart;
    for (const socket of arriving) refuseUpgrade(socket, shuttingDown());
    const left = [...peers].map(async ([ws, drain]) => {
      const closed = new Promise<void>((resolve) => ws.once("close", () => resolve()));
      await Promise.race([drain(), closed, setTimeout(waitMs, undefined, { ref: false })]);
      ws.close(code, reason);
      await Promise.race([closed, setTimeout(waitMs, undefined, { ref: false })]);
      ws.terminate();
      await closed;
    });
    await Promise.all(left);
    beats.stop();
    stopRouting();
  };

  const stopRouting = routeUpgrades(server, take);
  return {
    get connections() {
      return peers.size;
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
