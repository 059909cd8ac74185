// Processes that a model started end with its worker, whatever ends that.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type Host, silentLogger } from "@deepaas/core";
import { afterAll, expect, test } from "vitest";
import { isAlive, until } from "./testing/process-facts.ts";
import { workers } from "./workers.ts";

const module = join(import.meta.dirname, "testing/faulty.ts");
const folder = mkdtempSync(join(tmpdir(), "deepaas-grandchildren-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function withChild(): Promise<{ host: Host; child: number }> {
  const executor = workers({ module, graceMs: 5_000, tempFolder: folder, logger: silentLogger });
  const host = await createHost({ executor, logger: silentLogger });
  const { pid } = (await host.predict("faulty", { do: "child-and-answer" })) as unknown as { readonly pid: number };
  expect(isAlive(pid)).toBe(true);
  return { host, child: pid };
}

test.concurrent("the server closes the worker, which ends by itself", async () => {
  const { host, child } = await withChild();
  await host.close();
  await until(() => !isAlive(child));
});

test.concurrent("the worker exits", async () => {
  const { host, child } = await withChild();
  await expect(host.predict("faulty", { do: "exit" })).rejects.toMatchObject({ code: "worker_lost" });
  await until(() => !isAlive(child));
  await host.close();
});

test.concurrent("the server is killed", async () => {
  const built = new URL("../dist/index.js", import.meta.url).href;
  const note = join(folder, "child");
  const script = `
    const { workers } = await import(${JSON.stringify(built)});
    const executor = workers({ module: ${JSON.stringify(module)}, tempFolder: ${JSON.stringify(folder)} });
    await executor.warm({ signal: new AbortController().signal, weights: async () => undefined });
    const call = { requestId: "x", signal: new AbortController().signal };
    void executor.predict("faulty", { do: "child", note: ${JSON.stringify(note)} }, call);`;
  const server = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "ignore", 2] });
  const child = await until(() => existsSync(note) && Number(readFileSync(note, "utf8")));
  expect(isAlive(child)).toBe(true);
  server.kill("SIGKILL");
  await once(server, "exit");
  await until(() => !isAlive(child));
});
