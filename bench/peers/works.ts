// The work that a peer does in a round. Each returns its figures by name; report.ts has their titles and units.
import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import type { Load, Loaded } from "../http-load.ts";
import { cpuMs, memoryMib, processTree, watchMemory } from "../process-tree.ts";
import type { Health, HealthLoad } from "./health-load.ts";
import { noopBody, type PeerServer } from "./peer-server.ts";
import type { Upload } from "./upload-load.ts";
import type { Watched, WatchLoad } from "./watch-load.ts";

export type Figures = Readonly<Record<string, number>>;

export interface WorkOptions {
  /** Time of each measurement of calls. */
  readonly seconds: number;
  /** Factor of the requests before a measurement. */
  readonly warmUp: number;
}

export type Work = (server: PeerServer, options: WorkOptions) => Promise<Figures>;

export const noopCallers = [1, 32, 256] as const;
export const cpuWorkMs = [2, 20] as const;
export const uploads = [
  { name: "1 KB", bytes: 1_000, count: 200 },
  { name: "5 MB", bytes: 5_000_000, count: 5 },
  { name: "200 MB", bytes: 200_000_000, count: 1 },
] as const;
export const blockSeconds = 5;
export const watchers = 200;
const eventCount = 200;
const cpuCallers = 8;

/** As it is after the start. */
export const idle: Work = async ({ pid, startMs }) => ({
  "start ms": startMs,
  "idle MiB": await memoryMib(pid),
  processes: (await processTree(pid)).length,
});

export const noop: Work = async ({ peer, port, pid }, { seconds, warmUp }) => {
  const load = { port, path: peer.predictPath, body: noopBody };
  await runLoad<Loaded>("../http-load.ts", {
    ...load,
    callers: 32,
    requests: Math.ceil(peer.warmUpRequests * warmUp),
  } satisfies Load);
  const figures: Record<string, number> = {};
  for (const callers of noopCallers) {
    const before = await cpuMs(pid);
    const { calls, ms } = await runLoad<Loaded>("../http-load.ts", { ...load, callers, seconds } satisfies Load);
    figures[`noop ${callers} µs`] = (((await cpuMs(pid)) - before) * 1000) / calls;
    figures[`noop ${callers} calls/s`] = (calls * 1000) / ms;
  }
  figures["noop MiB"] = await memoryMib(pid);
  return figures;
};

/** Of a server with two workers. */
export const cpuWork: Work = async ({ peer, port }, { seconds }) => {
  const figures: Record<string, number> = {};
  for (const workMs of cpuWorkMs) {
    const body = JSON.stringify({ ...JSON.parse(noopBody), ms: workMs });
    const load: Load = { port, path: peer.workPath ?? peer.predictPath, body, callers: cpuCallers, seconds };
    await runLoad<Loaded>("../http-load.ts", { ...load, seconds: 0.3 } satisfies Load);
    const { calls, ms } = await runLoad<Loaded>("../http-load.ts", load);
    figures[`cpu ${workMs} calls/s`] = (calls * 1000) / ms;
  }
  return figures;
};

export const health: Work = async ({ peer, port }) => {
  const body = JSON.stringify({ ...JSON.parse(noopBody), ms: blockSeconds * 1000 });
  const load: HealthLoad = { port, path: peer.workPath ?? peer.predictPath, body, healthPath: peer.healthPath };
  const { median, longest } = await runLoad<Health>("health-load.ts", load);
  return { "health median ms": median, "health longest ms": longest };
};

/** One size is a work of its own: a peer may refuse the largest one. */
export function upload({ name, bytes, count }: (typeof uploads)[number]): Work {
  return async ({ peer, port, pid }) => {
    const one: Upload = { port, path: peer.uploadPath, bytes, count };
    if (count > 1) await runLoad<Loaded>("upload-load.ts", one);
    const before = await cpuMs(pid);
    const memory = watchMemory(pid);
    try {
      const { calls, ms } = await runLoad<Loaded>("upload-load.ts", one);
      return {
        [`${name} CPU ms`]: ((await cpuMs(pid)) - before) / calls,
        [`${name} ms`]: ms / calls,
        [`${name} MiB`]: await memory.stop(),
      };
    } finally {
      await memory.stop();
    }
  };
}

export function watch(over: "sse" | "ws"): Work {
  return async ({ port, pid }) => {
    const load: WatchLoad = { port, model: "echo", watchers, events: eventCount, over };
    const script = join(import.meta.dirname, "watch-load.ts");
    const child = spawn(process.execPath, [script, JSON.stringify(load)], { stdio: ["ignore", "pipe", "pipe"] });
    let failure = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      failure += text;
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    await lines.next();
    const before = await cpuMs(pid);
    const { value } = await lines.next();
    if (value === undefined) throw new Error(failure);
    const { deliveries, p99Ms } = JSON.parse(value) as Watched;
    return {
      [`${over} µs`]: (((await cpuMs(pid)) - before) * 1000) / deliveries,
      [`${over} p99 ms`]: p99Ms,
      [`${over} MiB`]: await memoryMib(pid),
    };
  };
}

/** Rejects with what the script printed to stderr. */
async function runLoad<T>(name: string, load: object): Promise<T> {
  const script = join(import.meta.dirname, name);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(load)], {
      timeout: 60_000,
    });
    return JSON.parse(stdout) as T;
  } catch (error) {
    const { stderr, killed } = error as { readonly stderr?: string; readonly killed?: boolean };
    throw new Error(killed ? "no answer within a minute" : stderr?.trim() || String(error));
  }
}
