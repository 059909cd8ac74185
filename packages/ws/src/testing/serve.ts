// A real HTTP server with the WebSocket door, and clients for it.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createHost, type ModelService, type RunEvent } from "@deepaas/core";
import { type ClientOptions, WebSocket } from "ws";
import type { AttachWsOptions } from "../attach-options.ts";
import { attachWs } from "../node.ts";

export interface Watched {
  readonly events: readonly RunEvent[];
  readonly code: number;
  readonly reason: string;
}

/** Serves until the scope is left. */
export async function serve(service: ModelService, options: AttachWsOptions = {}, onRequest?: RequestListener) {
  const server = createServer(onRequest);
  const attached = attachWs(server, service, options);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = (path: string) => `ws://127.0.0.1:${port}${path}`;
  return {
    server,
    attached,
    port,
    open: (path: string, clientOptions?: ClientOptions) => new WebSocket(url(path), clientOptions),
    async [Symbol.asyncDispose]() {
      await attached.close({ drainMs: 0 });
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Everything that a socket says until it closes. */
export async function watched(ws: WebSocket): Promise<Watched> {
  const events: RunEvent[] = [];
  ws.on("message", (data) => events.push(JSON.parse(String(data))));
  const [code, reason] = (await once(ws, "close")) as [number, Buffer];
  return { events, code, reason: reason.toString() };
}

export interface Refused {
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** The HTTP answer to an upgrade that was not granted. */
export async function refused(ws: WebSocket): Promise<Refused> {
  const [, response] = await once(ws, "unexpected-response");
  const body = (await Array.fromAsync(response as AsyncIterable<Buffer>)).join("");
  return { status: response.statusCode, body, headers: response.headers };
}

/** A host whose training takes the steps that it is told to. */
export async function steppingHost() {
  const steps = new Map<string, () => void>();
  const stepping = {
    getTrainArgs: () => ({ steps: { type: "integer", default: 3 } as const }),
    async train({ steps: total }: { steps: number }, run: import("@deepaas/core").TrainContext) {
      for (let step = 1; step <= total; step++) {
        run.report({ step, total });
        await new Promise<void>((resolve, reject) => {
          steps.set(run.runId, resolve);
          run.signal.addEventListener("abort", () => reject(run.signal.reason), { once: true });
        });
      }
      return { total };
    },
  };
  const host = await createHost({ models: { stepping }, limits: { graceMs: 1_000, drainMs: 0 } });
  return { host, step: (runId: string) => steps.get(runId)?.() };
}

/** Frozen events as a store gives them, made when they are read; `read` counts them. */
export function longLog(count: number, text: string) {
  const log = { read: 0, left: 0 };
  const at = new Date(0).toISOString();
  async function* watch(_id: string, { after = 0, signal }: { after?: number; signal?: AbortSignal } = {}) {
    try {
      for (let seq = after + 1; seq <= count; seq++) {
        signal?.throwIfAborted();
        log.read++;
        yield Object.freeze<RunEvent>(
          seq < count ? { seq, at, type: "log", level: "info", text } : { seq, at, type: "succeeded", result: null },
        );
      }
    } finally {
      log.left++;
    }
  }
  return { log, service: serviceOf({ watch, run: async () => ({ firstSeq: 1, lastSeq: count }) }) };
}

export const serviceOf = (parts: object) => parts as ModelService;
