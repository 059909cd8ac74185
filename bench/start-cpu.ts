// CPU time of a server and its child processes from its start until the first response to a predict, read from /proc.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listening } from "./listening.ts";

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
    return await cpuOfTree(child.pid as number);
  } finally {
    child.kill("SIGTERM");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
}

/** In milliseconds. A tick of /proc is 10 ms. */
async function cpuOfTree(root: number): Promise<number> {
  const children = new Map<number, number[]>();
  const ticks = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    const text = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, "utf8").catch(() => "") : "";
    if (text === "") continue;
    // After the name of the command, which may contain spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
    ticks.set(Number(name), Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]));
  }
  const sumOf = (pid: number): number =>
    (ticks.get(pid) ?? 0) + (children.get(pid) ?? []).reduce((sum, one) => sum + sumOf(one), 0);
  return sumOf(root) * 10;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server as never);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
