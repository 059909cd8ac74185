import type { IncomingHttpHeaders } from "node:http";
import type { Writable } from "node:stream";
import { type Caller, DeepaasError } from "@deepaas/core";
import { rpcSubprotocol } from "@deepaas/protocol/rpc";
import type { RawData, WebSocket } from "ws";
import { nodeSocket } from "./node-socket.ts";
import type { RpcConnection, RpcEndpoint } from "./rpc/rpc-over-socket.ts";

export interface RpcPeer {
  readonly endpoint: RpcEndpoint;
  readonly maxBufferedBytes: number;
  readonly caller?: Caller;
}

/** Serves RPC calls on a socket of `ws`. */
export function serveRpc(
  ws: WebSocket,
  socket: Writable,
  { endpoint, maxBufferedBytes, caller }: RpcPeer,
): RpcConnection {
  const connection = endpoint.opened(nodeSocket(ws, socket, maxBufferedBytes), caller);
  let pausedFor: Promise<void> | undefined;
  ws.on("message", (data: RawData, isBinary: boolean) => {
    const ready = connection.received(isBinary ? (data as Buffer) : String(data));
    if (!ready || ready === pausedFor) return;
    pausedFor = ready;
    ws.pause();
    void ready.then(() => {
      if (pausedFor !== ready) return;
      pausedFor = undefined;
      ws.resume();
    });
  });
  ws.once("close", (code, reason) => connection.closed(code, reason.toString()));
  return connection;
}

/** Throws `invalid_args` if the client does not offer the sub-protocol. */
export function checkOffer(headers: IncomingHttpHeaders): void {
  if (!offersRpc(headers)) throw new DeepaasError("invalid_args", `The sub-protocol must be ${rpcSubprotocol}.`);
}

export function offersRpc(headers: IncomingHttpHeaders): boolean {
  const offered = headers["sec-websocket-protocol"]?.split(",") ?? [];
  return offered.some((one) => one.trim() === rpcSubprotocol);
}
