// What the story is made of: nodes, nginx in front of them, and the files that they share, as plain processes.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@deepaas/conformance/servers";

const command = join(import.meta.dirname, "node_modules/@deepaas/cli/bin/deepaas.mjs");

export interface Process {
  readonly url: string;
  readonly child: ChildProcess;
}

export interface NodeSettings {
  readonly name: string;
  readonly role: "serve" | "both";
  /** Settings that all nodes share. */
  readonly env: NodeJS.ProcessEnv;
}

/** Resolves when it serves. */
export async function startNode({ name, role, env }: NodeSettings): Promise<Process> {
  const model = join(import.meta.dirname, "learner.ts");
  const args = ["run", model, "--listen-port", "0", "--node", name, "--role", role, "--lease-seconds", "2"];
  const child = spawn(process.execPath, [command, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url !== undefined) return { url, child };
  }
  throw new Error(`${name} has ended`);
}

/** nginx with the configuration of compose.yaml, in front of other addresses. Resolves when it listens. */
export async function startNginx(folder: string, nodes: Readonly<Record<string, string>>): Promise<Process> {
  const port = await freePort();
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
  const config = readFileSync(join(import.meta.dirname, "nginx.conf"), "utf8")
    .replaceAll("/tmp/", `${folder}/`)
    .replaceAll(/ server (node-[a-z]):5000/g, (_, name: string) => ` server ${new URL(nodes[name] as string).host}`)
    .replace("listen 8080", `listen 127.0.0.1:${port}`);
  const path = join(folder, "nginx.conf");
  writeFileSync(path, config);
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const args = ["-p", folder, "-c", path, "-g", "daemon off;"];
  const child = spawn("nginx", args, { env, stdio: ["ignore", "inherit", "inherit"] });
  await once(child, "spawn");
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${url}/health/live`).catch(() => undefined);
    if (answer?.ok) return { url, child };
    if (answer !== undefined || child.exitCode !== null) {
      child.kill();
      throw new Error(`nginx does not serve: ${answer ? `${answer.status} ${await answer.text()}` : child.exitCode}`);
    }
    await sleep(20);
  }
}

export async function end({ child }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}
