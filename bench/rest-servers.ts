// Servers of the same no-op predict over REST, and the CPU time and memory that they take.
import { createServer as createHttpServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { createServer, rest } from "@deepaas/koa";
import { type WorkersOptions, workers } from "@deepaas/workers";
import Router from "@koa/router";
import Koa from "koa";
import type { Measured, Turn } from "./bench-case.ts";
import type { Load, Loaded } from "./http-load.ts";
import { listening, runScript } from "./listening.ts";
import { cpuMs, memoryMib } from "./process-tree.ts";
import * as digits from "./worker-models/digits.ts";

export interface Subject {
  readonly server: Server;
  readonly pids: () => readonly number[];
  /** Sent with each request. Default: none. */
  readonly token?: string;
}

const alone = (server: Server): Subject => ({ server, pids: () => [] });

export async function adapter(): Promise<Subject> {
  return alone(createServer(await createHost({ models: { digits } })));
}

export async function middleware(): Promise<Subject> {
  const app = new Koa().use(rest(await createHost({ models: { digits } })));
  const handle = app.callback();
  return alone(createHttpServer((req, res) => void handle(req, res)));
}

export const noopWorkers = (options: WorkersOptions = {}) =>
  workers({ modules: { digits: join(import.meta.dirname, "worker-models/digits.ts") }, ...options });

export async function oneWorker(executor = noopWorkers()): Promise<Subject> {
  return { server: createServer(await createHost({ executor })), pids: executor.pids };
}

/** The same model in Python. */
export function pythonWorker(): Promise<Subject> {
  const module = join(import.meta.dirname, "worker-models/digits.py");
  return oneWorker(workers({ modules: { digits: { module, runtime: "python" } } }));
}

export async function bareKoa(): Promise<Subject> {
  const router = new Router();
  router.post("/v2/models/:model/predict/", async (ctx) => {
    await jsonOf(ctx.req);
    ctx.body = digits.answer;
  });
  const handle = new Koa().use(router.routes()).callback();
  return alone(createHttpServer((req, res) => void handle(req, res)));
}

export async function bareHttp(): Promise<Subject> {
  const handle = async (req: IncomingMessage) => {
    await jsonOf(req);
    return JSON.stringify(digits.answer);
  };
  const server = createHttpServer((req, res) => {
    void handle(req).then((text) => {
      res.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
      res.end(text);
    });
  });
  return alone(server);
}

function jsonOf(req: IncomingMessage): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.once("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    req.once("error", reject);
  });
}

const body = JSON.stringify({
  pixels: Array.from({ length: 64 }, (_, i) => Math.round(Math.abs(Math.sin(i)) * 10_000) / 10_000),
  title: "the seventh of the first test set, as it was scanned",
  top: 3,
  explain: true,
});

/** Returns a function that sends so many requests, and returns the time in milliseconds. */
async function startLoad({ server, token }: Subject, callers: number): Promise<(requests: number) => Promise<number>> {
  const port = await listening(server);
  return async (requests) => {
    const load: Load = { port, path: "/v2/models/digits/predict/", body, callers, requests, ...(token && { token }) };
    return (await runScript<Loaded>("http-load.ts", load)).ms;
  };
}

export interface CpuOptions {
  /** Default 32. */
  readonly callers?: number;
  /** Of each turn. Default 5,000; ten times as many before the first one, for the JIT compiler. */
  readonly requests?: number;
}

/** Returns a function that measures the CPU time of the server and its workers per request, in microseconds. */
export async function cpuPerRequest(creating: Promise<Subject>, options: CpuOptions = {}): Promise<Turn> {
  const { callers = 32, requests = 5_000 } = options;
  const subject = await creating;
  const { pids } = subject;
  const drive = await startLoad(subject, callers);
  await drive(requests * 10);
  const cpuOfWorkers = async () => (await Promise.all(pids().map(cpuMs))).reduce((sum, ms) => sum + ms, 0);
  return async () => {
    const workersBefore = await cpuOfWorkers();
    const before = process.cpuUsage();
    const ms = await drive(requests);
    const { user, system } = process.cpuUsage(before);
    const cpu = user + system + ((await cpuOfWorkers()) - workersBefore) * 1000;
    return { figure: cpu / requests, also: { "requests/s": (requests * 1000) / ms } };
  };
}

/** Returns the resident memory after 200,000 requests of 32 callers, as a multiple of that after 20,000. */
export async function growth(creating: Promise<Subject>): Promise<Measured> {
  const subject = await creating;
  const { pids } = subject;
  const drive = await startLoad(subject, 32);
  const mib = async () => {
    const ofWorkers = await Promise.all(pids().map(memoryMib));
    return ofWorkers.reduce((sum, one) => sum + one, process.memoryUsage.rss() / 1024 / 1024);
  };
  await drive(20_000);
  const early = await mib();
  await drive(180_000);
  const late = await mib();
  return { figure: late / early, also: { "MiB after 20,000": early, "MiB after 200,000": late } };
}
