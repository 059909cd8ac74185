// The WebSocket adapter on Node.js, beside any HTTP handler of the same server.
import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import {
  type Caller,
  checkCursor,
  DeepaasError,
  errorDataFrom,
  type ModelService,
  type Run,
  rejectNoService,
} from "@deepaas/core";
import { httpStatusOf } from "@deepaas/protocol";
import { noteOpenWs } from "@deepaas/protocol/node";
import { maxFrameBytes, rpcSubprotocol } from "@deepaas/protocol/rpc";
import { WebSocket, WebSocketServer } from "ws";
import { type AttachWsOptions, checkAttachWsOptions } from "./attach-options.ts";
import { closeCodeOf, closeForRestart } from "./close-codes.ts";
import { authenticateUpgrade, whenCredentialsEnd } from "./handshake/authenticate.ts";
import { upgradeGate } from "./handshake/gate.ts";
import { ObservedUpgrade } from "./handshake/observed-upgrade.ts";
import { refuseUpgrade, shuttingDown } from "./handshake/refuse.ts";
import { routeUpgrades, type UpgradeRequest } from "./handshake/routing.ts";
import { afterIn, isRpcUrl, runIdIn } from "./handshake/url.ts";
import { heartbeat } from "./heartbeat.ts";
import { nodeSocket } from "./node-socket.ts";
import { rpcOverSocket } from "./rpc/rpc-over-socket.ts";
import { checkOffer, offersRpc, serveRpc } from "./serve-rpc.ts";
import { spoolFile } from "./spool-file.ts";
import { type Closed, type WatchRequest, watchOverSocket } from "./watch-over-socket.ts";

export interface AttachedWs {
  /** Number of watchers and RPC connections. */
  readonly connections: number;
  /**
   * Refuses new connections with 503 and new calls with `unavailable`. Waits up to `drainMs` for the calls in progress, but
   * not for watches and streams. Then closes every socket with 1012, waits up to `drainMs` for the peers to close, and
   * terminates the rest. Does not close the server or the service. Later calls return the same promise.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/** Watchers send only pings and closes. */
const maxPayload = 4_096;

/** `ws` itself closes a socket that has sent too large a frame, and gives no reason. */
class ExplainingWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? (code === 1009 ? "too_large: a frame" : undefined));
  }
}

/**
 * Serves two WebSocket URLs; `PROTOCOL.md` of `@deepaas/protocol` specifies both.
 *
 * - `{basePath}/v2/runs/{id}/events?after=N`: each event of the run's log as one text frame of JSON, then close 1000.
 * - `{basePath}/v2/ws` with the sub-protocol `deepaas.v2`: the whole service as JSON-RPC 2.0.
 *
 * Before the upgrade an error is an HTTP response with problem details: 400 (invalid `after` or sub-protocol), 401 (not
 * authenticated; 4401 after the upgrade for a client that offers the sub-protocol), 403 (`Origin` or `Host` not allowed), 404
 * (no such run), 410 and 416 (`after` outside of the log), 503 (too many connections, or closing). After the upgrade it is a
 * close code: 1012 (`unavailable`), 1013 (`overloaded`), 1011 (server error), else 4000 + the HTTP status. An upgrade to another path is left to the other listeners of the server; without any it is
 * refused with 404. When the credentials of its caller end, a connection is closed with 4401. Throws a TypeError for an unknown or
 * invalid option, and without `authenticate` for a server of `createServer` of `@deepaas/koa` that has it.
 *
 * @example
 * const server = app.listen(5000, "127.0.0.1");
 * const sockets = attachWs(server, host);
 */
export function attachWs(server: Server, service: ModelService, options: AttachWsOptions = {}): AttachedWs {
  rejectNoService("attachWs", service);
  const all = checkAttachWsOptions(options);
  const { basePath, heartbeatMs, maxBufferedBytes, drainMs, observer, logger } = all;
  if (!all.authenticate) noteOpenWs(server, logger);
  // Another offered sub-protocol may be a token, which must not be sent back.
  const handleProtocols = (offered: ReadonlySet<string>) => offered.has(rpcSubprotocol) && rpcSubprotocol;
  const quiet = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    handleProtocols,
    WebSocket: ExplainingWebSocket,
  } as const;
  const watching = new WebSocketServer({ ...quiet, maxPayload });
  const calling = new WebSocketServer({ ...quiet, maxPayload: maxFrameBytes });
  const gate = upgradeGate(all);
  const endpoint = rpcOverSocket(service, { ...all, keepFile: spoolFile });
  const beats = heartbeat(heartbeatMs);
  /** Open sockets, each with a function that waits for its calls. */
  const peers = new Map<WebSocket, () => Promise<void>>();
  /** Sockets whose caller and target are still being checked. */
  const pending = new Map<Duplex, ObservedUpgrade>();
  let closing: Promise<void> | undefined;

  const handleUpgrade = (upgrade: UpgradeRequest): boolean => {
    const { request, socket } = upgrade;
    const { url = "" } = request;
    const runId = runIdIn(url, basePath);
    if (runId === undefined && !isRpcUrl(url, basePath)) return false;
    const operation = runId === undefined ? "connect" : "runEvents";
    const observed = new ObservedUpgrade(request, { begin: observer?.request, operation, runId });
    const { requestId } = observed;
    socket.on("error", (error) => logger.debug({ err: error, requestId, runId }, "connection failed"));
    const refusal = closing ? shuttingDown() : gate(request, peers.size + pending.size);
    if (refusal) {
      const status = refuseUpgrade(socket, refusal, refusal.code === "invalid_args" ? { status: 400 } : {});
      observed.refused(status, refusal);
      return true;
    }
    pending.set(socket, observed);
    accept(upgrade, observed)
      .catch((error: unknown) => {
        logger.error({ err: error, requestId, runId }, "handshake failed");
        socket.destroy();
        observed.end({ status: 500, error: "internal", complete: false });
      })
      .finally(() => pending.delete(socket));
    return true;
  };

  const refuse = ({ request, socket }: UpgradeRequest) => {
    const observed = new ObservedUpgrade(request, { begin: observer?.request });
    const error = new DeepaasError("not_found", "No WebSocket at this URL.");
    socket.on("error", () => {});
    observed.refused(refuseUpgrade(socket, error), error);
  };

  const accept = async ({ request, socket, head }: UpgradeRequest, observed: ObservedUpgrade) => {
    const { runId, requestId, traceparent } = observed;
    let caller: Caller | undefined;
    let watch: WatchRequest | undefined;
    try {
      if (runId === undefined) checkOffer(request.headers);
      else watch = { runId, requestId, ...(traceparent && { traceparent }), ...afterIn(request.url ?? "") };
      caller = await authenticateUpgrade(request, all);
      observed.caller = caller?.id;
      if (watch && caller) watch = { ...watch, caller };
      if (watch) observed.model = (await checkTarget(service, watch, socket)).model;
    } catch (error) {
      if (closing) return;
      if (isCallerError(error) && offersRpc(request.headers)) {
        observed.refused(httpStatusOf(errorDataFrom(error)), error);
        return watching.handleUpgrade(request, socket, head, (ws) => closeRefused(ws, socket as Socket, error));
      }
      const status = DeepaasError.is(error) && error.code === "invalid_args" ? { status: 400 } : {};
      if (!DeepaasError.is(error)) logger.error({ err: error, requestId, runId }, "handshake failed");
      const { after: cursor } = watch ?? {};
      const sent = refuseUpgrade(socket, error, { request, ...status, ...(cursor !== undefined && { cursor }) });
      return observed.refused(sent, error);
    }
    if (closing) return;
    const target = watch;
    let isOpen = false;
    (target ? watching : calling).handleUpgrade(request, socket, head, (ws) => {
      isOpen = true;
      if (target) return open(ws, target, { socket, observed });
      call(ws, socket as Socket, caller);
      observed.end({ status: 101, error: undefined, complete: true });
    });
    if (!isOpen) observed.notOpened(socket.destroyed);
  };

  const call = (ws: WebSocket, socket: Socket, caller: Caller | undefined) => {
    const connection = serveRpc(ws, socket, { endpoint, maxBufferedBytes, ...(caller && { caller }) });
    register(ws, socket, () => connection.drain());
    endWith(caller, ws, (code, reason) => connection.closed(code, reason));
  };

  const open = (
    ws: WebSocket,
    watch: WatchRequest,
    { socket, observed }: { readonly socket: Duplex; readonly observed: ObservedUpgrade },
  ) => {
    const onEnd = (error?: unknown) => observed.sent(error);
    const textSocket = nodeSocket(ws, socket, maxBufferedBytes);
    const closed = watchOverSocket(service, textSocket, { ...watch, logger, onEnd });
    register(ws, socket as Socket, async () => {});
    ws.once("close", (code, reason) => {
      closed(code, reason.toString());
      if (closing) observed.sent(shuttingDown());
      observed.closed(code);
    });
    endWith(watch.caller, ws, (code, reason, error) => {
      observed.sent(error);
      closed(code, reason);
    });
  };

  /** Closes a connection when the credentials of its caller end: nothing of it is served until the peer has closed, too. */
  const endWith = (
    caller: Caller | undefined,
    ws: WebSocket,
    closed: (...ended: [...Parameters<Closed>, DeepaasError]) => void,
  ) => {
    const stopWaiting = whenCredentialsEnd(caller, (error) => {
      const { code, reason } = closeCodeOf(error);
      closed(code, reason, error);
      ws.close(code, reason);
    });
    ws.once("close", stopWaiting);
  };

  const closeRefused = (ws: WebSocket, socket: Socket, error: unknown) => {
    const { code, reason } = closeCodeOf(error);
    register(ws, socket, async () => {});
    ws.close(code, reason);
  };

  const register = (ws: WebSocket, socket: Socket, drain: () => Promise<void>) => {
    // Also raised for a frame larger than `maxPayload`, for which `ws` itself closes the socket with 1009.
    ws.on("error", (error) => logger.debug({ err: error }, "socket failed"));
    peers.set(ws, drain);
    beats.add(ws, socket);
    ws.once("close", () => peers.delete(ws));
  };

  const end = async (waitMs: number) => {
    const { code, reason } = closeForRestart;
    for (const [socket, observed] of pending) observed.refused(refuseUpgrade(socket, shuttingDown()), shuttingDown());
    const ended = [...peers].map(async ([ws, drain]) => {
      const closed = new Promise<void>((resolve) => ws.once("close", () => resolve()));
      await Promise.race([drain(), closed, setTimeout(waitMs, undefined, { ref: false })]);
      ws.close(code, reason);
      await Promise.race([closed, setTimeout(waitMs, undefined, { ref: false })]);
      ws.terminate();
      await closed;
    });
    await Promise.all(ended);
    beats.stop();
    stopRouting();
  };

  const stopRouting = routeUpgrades(server, { handle: handleUpgrade, refuse });
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

/** Errors about the caller. A browser's `WebSocket` hides the status of a refused handshake, but not a close code. */
function isCallerError(error: unknown): boolean {
  return DeepaasError.is(error) && (error.code === "unauthenticated" || error.code === "permission_denied");
}

/** Before the upgrade, because only then can an error have an HTTP status. */
async function checkTarget(
  service: ModelService,
  { runId, after, ...options }: WatchRequest,
  socket: Duplex,
): Promise<Run> {
  const gone = new AbortController();
  const abort = () => gone.abort();
  socket.once("close", abort);
  try {
    const run = await service.run(runId, { ...options, signal: gone.signal });
    if (after !== undefined) checkCursor(run, after);
    return run;
  } finally {
    socket.off("close", abort);
  }
}
