// A client of the RPC endpoint that says exactly what a test wants it to say.
import { once } from "node:events";
import type { JsonValue } from "@deepaas/core";
import { rpcSubprotocol } from "@deepaas/protocol/rpc";
import { type ClientOptions, WebSocket } from "ws";

export interface Said {
  readonly id?: string | number | null;
  readonly method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it.
  readonly params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it.
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data: { readonly code: string } };
}

export interface RpcPeer {
  readonly ws: WebSocket;
  /** Everything that was said so far. */
  readonly texts: readonly Said[];
  readonly frames: readonly Uint8Array[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  raw(data: string | Uint8Array): void;
  note(method: string, params: object): void;
  /** Gives the answer. */
  call(method: string, params: object, id?: string | number): Promise<Said>;
  until(found: (said: Said) => boolean): Promise<Said>;
  untilFrame(found: (frame: Uint8Array) => boolean): Promise<Uint8Array>;
}

export async function rpcPeer(port: number, options: ClientOptions = {}): Promise<RpcPeer> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/v2/ws`, [rpcSubprotocol], options);
  const texts: Said[] = [];
  const frames: Uint8Array[] = [];
  const waiting = new Set<() => void>();
  ws.on("message", (data, isBinary) => {
    if (isBinary) frames.push(new Uint8Array(data as Buffer));
    else texts.push(JSON.parse(String(data)) as Said);
    for (const look of waiting) look();
  });
  ws.on("error", () => {});
  const closed = once(ws, "close").then(([code, reason]) => ({ code: code as number, reason: String(reason) }));
  const untilIn = <T>(list: readonly T[], found: (one: T) => boolean) =>
    new Promise<T>((resolve) => {
      const look = () => {
        const one = list.find(found);
        if (one === undefined) return;
        waiting.delete(look);
        resolve(one);
      };
      waiting.add(look);
      look();
    });
  let lastId = 0;
  const raw = (data: string | Uint8Array) => ws.send(data);
  const said = (message: object) => raw(JSON.stringify({ jsonrpc: "2.0", ...message }));
  await once(ws, "open");
  return {
    ws,
    texts,
    frames,
    closed,
    raw,
    note: (method, params) => said({ method, params }),
    call(method, params, id = ++lastId) {
      said({ id, method, params });
      return untilIn(texts, (one) => one.id === id && one.method === undefined);
    },
    until: (found) => untilIn(texts, found),
    untilFrame: (found) => untilIn(frames, found),
  };
}

/** A service whose parts the test gives; `predict` echoes its arguments unless it is given. */
export const echo = { predict: async (_model: string, args: JsonValue) => args };
