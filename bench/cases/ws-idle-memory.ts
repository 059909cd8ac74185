// The cost of an idle watcher: resident memory of the server.
import type { BenchCase } from "../bench-case.ts";
import { audience, bareBroadcast, type Door, ownAdapter, residentBytes } from "../watching.ts";

const count = 2_000;

async function kibibytesPerWatcher(opening: Promise<Door>): Promise<number> {
  const { port, path } = await opening;
  // What is made once is made before.
  await audience({ port, path, count: 50, bytes: 1 });
  const before = await residentBytes();
  await audience({ port, path, count, bytes: 1 });
  return ((await residentBytes()) - before) / count / 1_024;
}

export default {
  name: "ws-idle-memory",
  against: "nothing; a bare ws server is the other side",
  goal: { atMost: 40 },
  figure: (subject) => subject,
  unit: "KiB a watcher",
  rounds: 3,
  baseline: () => kibibytesPerWatcher(bareBroadcast()),
  subject: () => kibibytesPerWatcher(ownAdapter()),
} satisfies BenchCase;
