// Three processes: one trains, two watch. See README.md.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const start = (file: string, ...args: readonly string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, file), ...args], { stdio: ["pipe", "pipe", "inherit"] });

async function* linesOf(child: ChildProcess): AsyncGenerator<Record<string, unknown>> {
  if (!child.stdout) return;
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line);
}

const server = start("serve.ts");
const told = linesOf(server);
const { url, runId } = (await told.next()).value as { url: string; runId: string };

const watchers = ["ws", "sse"].map(async (wire) => {
  const events = await Array.fromAsync(linesOf(start("watch.ts", wire, url, runId)));
  return { wire, events };
});
const { cuts, lastSeq } = (await told.next()).value as { cuts: number; lastSeq: number };

for (const { wire, events } of await Promise.all(watchers)) {
  const all = events.length === lastSeq && events.every(({ seq }, i) => seq === i + 1);
  process.stdout.write(`${wire}: ${events.length} events, ${all ? "each exactly once" : "NOT each exactly once"}\n`);
  if (!all) process.exitCode = 1;
}
process.stdout.write(`${cuts} connections were cut, and the server was restarted once\n`);
server.stdin.end();
await once(server, "exit");
