// A server of its own for a test: a real socket, a temporary folder that nobody else writes to, and an eye on promises
// that nobody handled.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createHost, type Logger, type Model, type ModelService, silentLogger } from "@deepaas/core";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { createServer, type ServerOptions } from "../create-server.ts";
import { directPredict } from "./direct-predict.ts";
import { echoModel } from "./echo-model.ts";

export interface Served {
  readonly service: ModelService;
  readonly server: Server;
  readonly port: number;
  readonly base: string;
  /** What was logged as an error. */
  readonly errors: readonly object[];
  get(path: string, init?: RequestInit): Promise<Response>;
  /** With the echo model and these arguments in the query. */
  predict(query: Record<string, string>, init?: RequestInit): Promise<Response>;
}

const open: (() => Promise<void>)[] = [];
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
const realTmp = process.env.TMPDIR;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(realTmp ?? "/tmp", "deepaas-koa-test-"));
  process.env.TMPDIR = folder;
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  for (const close of open.splice(0)) await close();
  process.off("unhandledRejection", note);
  // A folder may be made, and removed, after its client is gone.
  const left = await vi.waitUntil(() => leftovers().length === 0, { timeout: 5_000 }).then(() => [], leftovers);
  rmSync(folder, { recursive: true, force: true });
  if (realTmp === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = realTmp;
  expect(unhandled.splice(0)).toEqual([]);
  expect(left).toEqual([]);
});

/** The upload folders that exist now. They are in a folder of this process, beside its lock. */
export function leftovers(): readonly string[] {
  return readdirSync(folder)
    .flatMap((name) => readdirSync(join(folder, name)))
    .filter((name) => name !== "lock");
}

/** Serves the echo model as `m`, and `models`. Closed after the test. */
export async function serve(
  options: ServerOptions = {},
  models: Readonly<Record<string, Model>> = {},
): Promise<Served> {
  const errors: object[] = [];
  const silent = () => {};
  const logger: Logger = { debug: silent, info: silent, warn: silent, error: (fields) => void errors.push(fields) };
  const service = await createHost({ logger: silentLogger, models: { m: echoModel, ...models } });
  open.push(() => service.close({ drainMs: 0 }));
  return serveService(service, { logger, ...options }, errors);
}

export async function serveService(
  service: ModelService,
  options: ServerOptions,
  errors: object[] = [],
): Promise<Served> {
  const server = createServer(service, { directPredict, ...options });
  const port = await listening(server);
  const base = `http://127.0.0.1:${port}`;
  const get = (path: string, init: RequestInit = {}) => fetch(base + path, { redirect: "manual", ...init });
  return {
    service,
    server,
    port,
    base,
    errors,
    get,
    predict: (query, init = {}) =>
      get(`/v2/models/m/predict/?${new URLSearchParams(query).toString()}`, { method: "POST", ...init }),
  };
}

/** The port; the server is closed after the test. */
export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are and reads until the server closes; say `Connection: close` in them. */
export function sendRaw(port: number, ...chunks: readonly (string | Uint8Array)[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect(port, "127.0.0.1", () => {
      for (const chunk of chunks) socket.write(chunk);
    });
    socket.on("data", (chunk) => received.push(chunk));
    socket.once("error", reject);
    socket.once("end", () => socket.end());
    socket.once("close", () => {
      const [head = "", ...body] = Buffer.concat(received).toString("utf8").split("\r\n\r\n");
      resolve({ status: Number(head.split(" ")[1]), head, body: body.join("\r\n\r\n") });
    });
  });
}

/** A POST request to the echo model's predict, as text. */
export function rawPredict(headers: readonly string[], body = ""): string {
  return ["POST /v2/models/m/predict/ HTTP/1.1", "Host: localhost", "Connection: close", ...headers, "", body].join(
    "\r\n",
  );
}

/** A multipart body by hand, with the boundary `XX`. */
export function multipart(...parts: readonly { readonly head: string; readonly content: string }[]): string {
  return `${parts.map(({ head, content }) => `--XX\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`).join("")}--XX--\r\n`;
}
