// Starts a peer in a session of its own, waits for its first answer, and ends it with all its processes.
import { spawn } from "node:child_process";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listening } from "../listening.ts";
import { processTree } from "../process-tree.ts";
import type { Peer } from "./peer-list.ts";

export const noopBody = JSON.stringify({ text: "the seventh of the first test set", n: 3, flag: true });

export interface PeerServer {
  readonly peer: Peer;
  readonly port: number;
  readonly pid: number;
  /** Time from the start of the process to the first answer to a predict. */
  readonly startMs: number;
  /** Returns the last line that the server printed. */
  lastLine(): Promise<string>;
  stop(): Promise<void>;
}

export interface StartPeer {
  readonly peer: Peer;
  readonly folder: string;
  readonly workers?: number | undefined;
}

/** Rejects with the last line that the server printed, if it ends or does not answer within a minute. */
export async function startPeer({ peer, folder, workers }: StartPeer): Promise<PeerServer> {
  const port = await freePort();
  const dataFolder = await mkdtemp(join(tmpdir(), "deepaas-bench-"));
  const logFile = join(dataFolder, "server.log");
  const log = await open(logFile, "w");
  const [program = "", ...args] = peer.command({ port, workers, folder, dataFolder: join(dataFolder, "data") });
  const startedAt = performance.now();
  const child = spawn(program, args, {
    cwd: dataFolder,
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    env: {
      ...process.env,
      NODE_ENV: "production",
      BENTOML_DO_NOT_TRACK: "True",
      PEER_PORT: String(port),
      PEER_FOLDER: folder,
      ...(workers !== undefined && { PEER_WORKERS: String(workers) }),
    },
  });
  await log.close();
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
  const pid = child.pid ?? 0;
  const lastLine = async () => (await readFile(logFile, "utf8")).trim().split("\n").at(-1) ?? "";
  const stop = async () => {
    await endTree(pid, ended);
    await rm(dataFolder, { recursive: true, force: true });
  };
  let hasEnded = pid === 0;
  void ended.then(() => {
    hasEnded = true;
  });
  while (!(await answers(port, peer.predictPath))) {
    if (!hasEnded && performance.now() - startedAt < 60_000) continue;
    const reason = `not started: ${(await lastLine()) || `no answer from ${program.split("/").at(-1)}`}`;
    await stop();
    throw new Error(reason);
  }
  return { peer, port, pid, startMs: performance.now() - startedAt, lastLine, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", Connection: "close" },
      body: noopBody,
    });
    await response.arrayBuffer();
    if (response.ok) return true;
  } catch {
    // It does not listen yet.
  }
  await sleep(5);
  return false;
}

/** Asks the processes to end, and kills those that are left after five seconds. */
async function endTree(pid: number, ended: Promise<void>): Promise<void> {
  if (pid === 0) return;
  const tree = await processTree(pid);
  signal(pid, "SIGTERM");
  await Promise.race([ended, sleep(5_000, undefined, { ref: false })]);
  for (const one of new Set([...tree, ...(await processTree(pid))].map((one) => one.pid))) signal(one, "SIGKILL");
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
