// CPU time of a server and its child processes from its start until the first response to a predict, read from /proc.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listening } from "./listening.ts";
import { cpuMs } from "./process-tree.ts";

const modelText = `
export const getPredictArgs = () => ({ name: { type: "string" } });
export const predict = ({ name }) => ({ greeting: "hello " + name });
`;
// In a folder of the benchmarks, so that it finds Koa.
const bareScript = join(import.meta.dirname, "worker-models/bare-koa.ts");
const deepaas = join(import.meta.dirname, "../packages/cli/bin/deepaas.mjs");

/** Starts bare Koa, or `deepaas run` with these options; twice, so that the compile cache is filled. Returns milliseconds. */
export async function cpuOfStart(options: readonly string[] | "bare"): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "deepaas-bench-"));
  try {
    const model = join(folder, "hello.mjs");
    await writeFile(model, modelText);
    const start = async () => {
      const port = String(await freePort());
      const command =
        options === "bare"
          ? [bareScript, port]
          : [deepaas, "run", "--no-store", ...options, "--listen-port", port, model];
      return cpuUntilAnswer(command, port, folder);
    };
    await start();
    return await start();
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function cpuUntilAnswer(command: readonly string[], port: string, cache: string): Promise<number> {
  const child = spawn(process.execPath, command, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  try {
    await once(child.stdout, "data");
    const response = await fetch(`http://127.0.0.1:${port}/v2/models/hello/predict/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "x" }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.text();
    return await cpuMs(child.pid as number);
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server as never);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
