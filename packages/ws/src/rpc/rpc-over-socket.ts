// The RPC endpoint without a socket library: the whole seam over one connection.
import type { Caller, ModelService } from "@deepaas/core";
import type { RpcSocket } from "@deepaas/protocol/rpc";
import { Connection } from "./rpc-connection.ts";
import { defaultRpcOptions, type RpcOptions } from "./rpc-options.ts";

export interface RpcConnection {
  /** Each message in the order in which it came. A promise: read nothing more from the socket until it resolves. */
  received(message: string | Uint8Array): void | Promise<void>;
  /** To be called once the socket has closed, whoever closed it: what the connection has begun is aborted. */
  closed(code: number, reason: string): void;
  /** Refuses new calls; resolves when all under way but watches and streams are answered. */
  drain(): Promise<void>;
}

export interface RpcEndpoint {
  opened(socket: RpcSocket, caller?: Caller): RpcConnection;
}

/** Never throws, and tells its faults by what it sends: see `PROTOCOL.md` of `@deepaas/protocol`. */
export function rpcOverSocket(service: ModelService, options: Partial<RpcOptions> = {}): RpcEndpoint {
  const all = { ...defaultRpcOptions, ...options };
  const open = new Set<Connection>();
  let sweeping: ReturnType<typeof setInterval> | undefined;
  const sweep = () => {
    for (const connection of open) connection.sweep();
  };
  return {
    opened(socket, caller) {
      const connection = new Connection(service, socket, { ...all, caller });
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
