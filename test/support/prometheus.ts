// A real Prometheus, configured by the files of operations/.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

export const operations = fileURLToPath(new URL("../../operations/", import.meta.url));

export interface Prometheus extends AsyncDisposable {
  /** Returns the values of a query at this moment. Rejects with what is wrong with it. */
  query(expression: string): Promise<readonly number[]>;
  /** Returns the alerts that it knows, with the error of each that could not be evaluated. */
  alerts(): Promise<readonly { readonly name: string; readonly lastError?: string }[]>;
}

/** Scrapes the server every 0.2 s with this token. */
export async function startPrometheus(serverPort: number, token: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-prometheus-"));
  writeConfig(folder, serverPort);
  writeFileSync(join(folder, "scrape-token"), token, { mode: 0o600 });
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      "--config.file=prometheus.yml",
      "--storage.tsdb.path=data",
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const exited = once(child, "exit");
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`);
    const { data, error } = (await response.json()) as { readonly data: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(error);
    return data;
  };
  for (;;) {
    if (child.exitCode !== null) throw new Error(`prometheus ended: ${said}`);
    const isReady = await fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) break;
    await sleep(50);
  }
  return {
    async query(expression) {
      const { result } = (await ask(`query?query=${encodeURIComponent(expression)}`)) as {
        readonly result: readonly { readonly value: readonly [number, string] }[];
      };
      return result.map(({ value }) => Number(value[1]));
    },
    async alerts() {
      const { groups } = (await ask("rules")) as {
        readonly groups: readonly {
          readonly rules: readonly { readonly name: string; readonly lastError?: string }[];
        }[];
      };
      return groups.flatMap(({ rules }) => rules);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

/** Writes its files of operations/ into a folder, for another port and with short intervals. */
export function writeConfig(folder: string, serverPort: number): void {
  const config = readFileSync(join(operations, "prometheus.yml"), "utf8")
    .replace("127.0.0.1:5000", `127.0.0.1:${serverPort}`)
    .replace("scrape_interval: 15s", "scrape_interval: 200ms\n  evaluation_interval: 200ms");
  writeFileSync(join(folder, "prometheus.yml"), config);
  copyFileSync(join(operations, "alerts.yml"), join(folder, "alerts.yml"));
}

/** Runs `promtool check` of these words. Returns what it prints; rejects if it finds anything. */
export async function promtool(words: readonly string[], input = ""): Promise<string> {
  const running = promisify(execFile)("promtool", words);
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}
