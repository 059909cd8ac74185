// The WebSocket door on Node, next to whatever serves HTTP on the same server.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { type Caller, DeepaasError, type ModelService } from "@deepaas/core";
import { maxFrameBytes, rpcSubprotocol } from "@deepaas/protocol/rpc";
import { type WebSocket, WebSocketServer } from "ws";
import { type AttachWsOptions, checkAttachWsOptions } from "./attach-options.ts";
import { authenticateUpgrade } from "./handshake/authenticate.ts";
import { closeForRestart, closeOfError } from "./close-codes.ts";
import { heartbeat } from "./heartbeat.ts";
import { nodeSocket } from "./node-socket.ts";
import { afterIn, isRpcUrl, runIdIn } from "./handshake/url.ts";
import { refuseUpgrade, shuttingDown } from "./handshake/refuse.ts";
import { rpcOverSocket } from "./rpc/rpc-over-socket.ts";
import { checkOffer, offersRpc, serveRpc } from "./serve-rpc.ts";
import { spoolFile } from "./spool-file.ts";
import { upgradeGate } from "./handshake/gate.ts";
import { routeUpgrades, type UpgradeRequest } from "./handshake/routing.ts";
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
 * run, 410 and 416 for an `after` outside the log, 400 for one that is no number or a sub-protocol that is not ours, 401 for a
 * stranger (4401 after it for one that offers the sub-protocol), 403 for a foreign page or a foreign `Host`, 503 when it is full, overrun or closing. After it, it is a close code: see `closeOfError`. An upgrade to any other path is left to the server's
 * other listeners; without any it is refused with 404. Throws a TypeError for an option that is not known or out of range.
 */
export function attachWs(server: Server, service: ModelService, options: AttachWsOptions = {}): AttachedWs {
  const all = checkAttachWsOptions(options);
  const { basePath, heartbeatMs, maxBufferedBytes, drainMs, logger } = all;
  // Whatever else is offered may be a token: it is never told back.
  const handleProtocols = (offered: ReadonlySet<string>) => offered.has(rpcSubprotocol) && rpcSubprotocol;
  const quiet = { noServer: true, clientTracking: false, perMessageDeflate: false, handleProtocols } as const;
  const watching = new WebSocketServer({ ...quiet, maxPayload });
  const calling = new WebSocketServer({ ...quiet, maxPayload: maxFrameBytes });
  const gate = upgradeGate(all);
  const endpoint = rpcOverSocket(service, { ...all, keepFile: spoolFile });
  const beats = heartbeat(heartbeatMs);
  /** Each with what has to be waited for before it may be closed. */
  const peers = new Map<WebSocket, () => Promise<void>>();
  /** It is being found out who they are, and whether there is what they want. */
  const arriving = new Set<Duplex>();
  let closing: Promise<void> | undefined;

  const take = (upgrade: UpgradeRequest): boolean => {
    const { request, socket } = upgrade;
    const { url = "" } = request;
    const runId = runIdIn(url, basePath);
    if (runId === undefined && !isRpcUrl(url, basePath)) return false;
    socket.on("error", (error) => logger.debug({ err: error, runId }, "a connection failed"));
    const refusal = closing ? shuttingDown() : gate(request, peers.size + arriving.size);
    if (refusal) {
      refuseUpgrade(socket, refusal);
      return true;
    }
    arriving.add(socket);
    accept(upgrade, runId)
      .catch((error: unknown) => {
        logger.error({ err: error, runId }, "a client could not be accepted");
        socket.destroy();
      })
      .finally(() => arriving.delete(socket));
    return true;
  };

  const accept = async ({ request, socket, head }: UpgradeRequest, runId: string | undefined) => {
    let caller: Caller | undefined;
    let watch: WatchRequest | undefined;
    try {
      if (runId === undefined) checkOffer(request.headers);
      else watch = { runId, ...afterIn(request.url ?? "") };
      caller = await authenticateUpgrade(request, socket, all);
      if (watch && caller) watch = { ...watch, caller };
      if (watch) await checkCursor(service, watch, socket);
    } catch (error) {
      if (closing) return;
      if (isOfCaller(error) && offersRpc(request.headers)) {
        return watching.handleUpgrade(request, socket, head, (ws) => turnAway(ws, socket as Socket, error));
      }
      const status = DeepaasError.is(error) && error.code === "invalid_args" ? { status: 400 } : {};
      if (!DeepaasError.is(error)) logger.error({ err: error, runId }, "a client could not be let in");
      return refuseUpgrade(socket, error, { ...status, ...(watch?.after !== undefined && { cursor: watch.after }) });
    }
    if (closing) return;
    const wanted = watch;
    if (wanted) watching.handleUpgrade(request, socket, head, (ws) => open(ws, wanted, socket as Socket));
    else calling.handleUpgrade(request, socket, head, (ws) => call(ws, socket as Socket, caller));
  };

  const call = (ws: WebSocket, socket: Socket, caller: Caller | undefined) => {
    const connection = serveRpc(ws, socket, { endpoint, maxBufferedBytes, ...(caller && { caller }) });
    meet(ws, socket, () => connection.drain());
  };

  const open = (ws: WebSocket, watch: WatchRequest, socket: Socket) => {
    const closed = watchOverSocket(service, nodeSocket(ws, socket, maxBufferedBytes), { ...watch, logger });
    meet(ws, socket, async () => {});
    ws.once("close", (code, reason) => closed(code, reason.toString()));
  };

  const turnAway = (ws: WebSocket, socket: Socket, error: unknown) => {
    const { code, reason } = closeOfError(error);
    meet(ws, socket, async () => {});
    ws.close(code, reason);
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

/** The errors that say who may not connect. A `WebSocket` hides the status of a refusal, but not the code of a close. */
function isOfCaller(error: unknown): boolean {
  return DeepaasError.is(error) && (error.code === "unauthenticated" || error.code === "permission_denied");
}

/** Looked up before the upgrade, because only then can a refusal have a status. */
async function checkCursor(
  service: ModelService,
  { runId, after, caller }: WatchRequest,
  socket: Duplex,
): Promise<void> {
  const left = new AbortController();
  const leave = () => left.abort();
  socket.once("close", leave);
  try {
    const { firstSeq, lastSeq } = await service.run(runId, { signal: left.signal, ...(caller && { caller }) });
    if (after === undefined || (after >= firstSeq - 1 && after <= lastSeq)) return;
    const message = `The log of run ${runId} holds ${firstSeq} to ${lastSeq}; ${after} is outside.`;
    throw new DeepaasError("out_of_range", message, { first: firstSeq, last: lastSeq });
  } finally {
    socket.off("close", leave);
  }
}
