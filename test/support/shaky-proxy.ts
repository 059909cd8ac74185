// A network between client and server that a test can cut and stall.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface ShakyProxy extends AsyncDisposable {
  readonly url: string;
  /** Number of connections so far. */
  readonly connections: number;
  /** Resets every connection. */
  cut(): void;
  /** Open connections transfer nothing any more, without a close. */
  stall(): void;
  /** Open and new connections transfer nothing until `restore`. */
  silence(): void;
  restore(): void;
  /** Resolves when it has stalled because of `stallAfterBytes`. */
  readonly stalled: Promise<void>;
}

/**
 * Forwards to the server at `port()`, which is called for each connection. `stallAfterBytes`: stalls all connections when clients
 * have sent so much.
 */
export async function shakyProxy(
  port: () => number,
  { stallAfterBytes = Number.POSITIVE_INFINITY } = {},
): Promise<ShakyProxy> {
  let sent = 0;
  const { promise: stalled, resolve: onStalled } = Promise.withResolvers<void>();
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  let isSilent = false;
  const stall = () => {
    for (const pair of pairs) for (const socket of pair) socket.unpipe();
  };
  const count = ({ length }: Buffer) => {
    sent += length;
    if (sent < stallAfterBytes) return;
    stall();
    onStalled();
  };
  const server = createServer((outer) => {
    connections++;
    const inner = connect(port(), "127.0.0.1");
    const pair = [outer, inner] as const;
    pairs.add(pair);
    if (!isSilent) join(pair);
    if (Number.isFinite(stallAfterBytes)) outer.on("data", count);
    for (const socket of pair) {
      socket.on("error", () => {});
      socket.on("close", () => {
        pairs.delete(pair);
        for (const one of pair) one.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return connections;
    },
    cut,
    stall,
    silence() {
      isSilent = true;
      stall();
    },
    restore() {
      isSilent = false;
      for (const pair of pairs) join(pair);
    },
    stalled,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}

function join([outer, inner]: readonly [Socket, Socket]): void {
  outer.pipe(inner);
  inner.pipe(outer);
}
