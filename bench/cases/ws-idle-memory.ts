// The resident memory of the server per idle watcher.
import type { BenchCase } from "../bench-case.ts";
import { audience, bareBroadcast, type EventServer, residentBytes, wsAdapter } from "../watching.ts";

const count = 2_000;

async function kibibytesPerWatcher(opening: Promise<EventServer>): Promise<number> {
  const { port, path } = await opening;
  // Allocates what the server needs once.
  await audience({ port, path, count: 50, bytes: 1 });
  const before = await residentBytes();
  await audience({ port, path, count, bytes: 1 });
  return ((await residentBytes()) - before) / count / 1_024;
}

export default {
  name: "ws-idle-memory",
  against: "nothing (the baseline, a bare ws server, is only reported)",
  goal: { atMost: 40 },
  figure: (subject) => subject,
  unit: "KiB per watcher",
  rounds: 3,
  baseline: () => kibibytesPerWatcher(bareBroadcast()),
  subject: () => kibibytesPerWatcher(wsAdapter()),
} satisfies BenchCase;
