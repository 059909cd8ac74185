// Three nodes, as plain processes: a training is started on one, runs on another, which is killed, and is watched on a third.
// Argument: the URL of a Postgres database. Without it, it starts a Postgres of its own, from Debian's package.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectRest, connectWs, keepWatching } from "@deepaas/client";
import { startPostgres } from "@deepaas/conformance/servers";

const command = join(import.meta.dirname, "node_modules/@deepaas/cli/bin/deepaas.mjs");
const folder = await mkdtemp(join(tmpdir(), "deepaas-cluster-"));
const [given] = process.argv.slice(2);
const database = given === undefined ? await startPostgres() : undefined;
interface Node {
  readonly url: string;
  readonly child: ChildProcess;
}
const nodes: Node[] = [];

/** A server that shares the database and the folder of files with the others. Resolves when it serves. */
async function startNode(name: string, role: string): Promise<Node> {
  const options = { "--listen-port": "0", "--node": name, "--role": role, "--files": join(folder, "files") };
  const args = [
    "run",
    join(import.meta.dirname, "learner.ts"),
    "--lease-seconds",
    "2",
    ...Object.entries(options).flat(),
  ];
  const env = { ...process.env, DEEPAAS_STORE: given ?? database?.url };
  const child = spawn(process.execPath, [command, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\S+/.exec(line) ?? [];
    if (url === undefined) continue;
    console.log(`${name} serves at ${url}`);
    const node = { url, child };
    nodes.push(node);
    return node;
  }
  throw new Error(`${name} has ended`);
}

try {
  const a = await startNode("a", "serve");
  const b = await startNode("b", "both");
  const { id } = await connectRest(a.url).train("learner", {});
  console.log(`a has started the run ${id}`);
  while ((await connectRest(a.url).run(id)).progress?.step === undefined) await new Promise((r) => setTimeout(r, 100));
  const c = await startNode("c", "both");
  console.log("c watches it; b runs it");
  const socket = connectWs(c.url);
  const seen: number[] = [];
  for await (const event of keepWatching(socket, id)) {
    seen.push(event.seq);
    if (event.type === "progress" && event.step === 20) {
      b.child.kill("SIGKILL");
      console.log("b is killed at step 20");
    }
    if (event.type === "started") console.log(`attempt ${event.attempt} has started`);
    if (event.type === "lost") console.log(`the attempt is lost: ${event.reason}`);
  }
  socket.close();
  const isWhole = seen.every((seq, at) => seq === at + 1);
  console.log(
    `${(await connectRest(a.url).run(id)).state}: ${seen.length} events, ${isWhole ? "no gap" : "WITH A GAP"}`,
  );
  if (!isWhole) process.exitCode = 1;
} finally {
  for (const { child } of nodes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await database?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}
