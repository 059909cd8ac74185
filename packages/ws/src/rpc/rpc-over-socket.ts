// The RPC endpoint over any WebSocket library: the whole service over one connection.
import type { Caller, ModelService } from "@deepaas/core";
import { adapterObserver, ServedModels } from "@deepaas/protocol";
import type { RpcSocket } from "@deepaas/protocol/rpc";
import { Connection } from "./rpc-connection.ts";
import { defaultRpcOptions, type RpcOptions } from "./rpc-options.ts";

export interface RpcConnection {
  /** Call it for each message, in order. Returns a promise if no further message may be read until it resolves. */
  received(message: string | Uint8Array): void | Promise<void>;
  /** Call it when the socket was closed by either side. Aborts the calls of the connection. */
  closed(code: number, reason: string): void;
  /** Refuses new calls. Resolves when all calls in progress except watches and streams have their result. */
  drain(): Promise<void>;
}

export interface RpcEndpoint {
  opened(socket: RpcSocket, caller?: Caller): RpcConnection;
}

/** Never throws: errors are sent to the client, see `PROTOCOL.md` of `@deepaas/protocol`. */
export function rpcOverSocket(service: ModelService, options: Partial<RpcOptions> = {}): RpcEndpoint {
  const all = { ...defaultRpcOptions, ...options };
  const observer = adapterObserver("rpcOverSocket", all.observer, all.logger);
  const observing = observer?.request && { begin: observer.request, models: new ServedModels() };
  const open = new Set<Connection>();
  let sweeping: ReturnType<typeof setInterval> | undefined;
  const sweep = () => {
    for (const connection of open) connection.sweep();
  };
  return {
    opened(socket, caller) {
      const connection = new Connection(service, socket, { ...all, observing, caller });
      open.add(connection);
      if (all.stallMs > 0) sweeping ??= setInterval(sweep, all.stallMs);
      return {
        received: (message) => connection.received(message),
        drain: () => connection.drain(),
        closed(code) {
          connection.closed(code);
          open.delete(connection);
          if (open.size > 0) return;
          clearInterval(sweeping);
          sweeping = undefined;
        },
      };
    },
  };
}
