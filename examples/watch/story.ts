// Three processes: one trains, two watch. See README.md.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { hangsAt } from "./counting.ts";

const start = (file: string, ...args: readonly string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, file), ...args], { stdio: ["pipe", "pipe", "inherit"] });

async function* linesOf(child: ChildProcess): AsyncGenerator<Record<string, unknown>> {
  if (!child.stdout) return;
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
}

const folder = await mkdtemp(join(tmpdir(), "deepaas-watch-"));
const told = { cuts: 0, restarts: 0, attempts: 0, lastSeq: 0 };

/** Its port and its run; what it tells from then on is counted. */
async function serve(port = 0) {
  const server = start("serve.ts", folder, String(port));
  const lines = linesOf(server);
  const first = (await lines.next()).value as { port: number; runId: string };
  const end = (async () => {
    for await (const { cut, restarted, lastSeq } of lines) {
      if (cut) told.cuts++;
      if (restarted) told.restarts++;
      if (lastSeq === undefined) continue;
      told.lastSeq = Number(lastSeq);
      return;
    }
  })();
  return { server, end, ...first };
}

const first = await serve();
const { port, runId } = first;
const killed = Promise.withResolvers<void>();

const watchers = ["ws", "sse"].map(async (wire) => {
  const events: Record<string, unknown>[] = [];
  for await (const event of linesOf(start("watch.ts", wire, `http://127.0.0.1:${port}`, runId))) {
    events.push(event);
    if (event.type === "started") told.attempts = Number(event.attempt);
    if (event.step === hangsAt && first.server.kill("SIGKILL")) killed.resolve();
  }
  return { wire, events };
});

await killed.promise;
await once(first.server, "exit");
const second = await serve(port);
await second.end;

for (const { wire, events } of await Promise.all(watchers)) {
  const all = events.length === told.lastSeq && events.every(({ seq }, i) => seq === i + 1);
  process.stdout.write(`${wire}: ${events.length} events, ${all ? "each exactly once" : "NOT each exactly once"}\n`);
  if (!all) process.exitCode = 1;
}
const ended = [`${told.cuts} connections were cut`, `${told.restarts} listening server and 1 process ended`];
process.stdout.write(`${ended.join(", ")}; the training took ${told.attempts} attempts\n`);
second.server.stdin.end();
await once(second.server, "exit");
await rm(folder, { recursive: true });
