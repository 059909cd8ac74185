// 1,000 watchers of a run that reports at full speed: deliveries per second.
import { setImmediate } from "node:timers/promises";
import type { BenchCase } from "../bench-case.ts";
import { audience, bareBroadcast, bytesOf, type EventServer, wsAdapter } from "../watching.ts";

const count = 1_000;
const messages = Array.from({ length: 300 }, (_, i) => String(i).padEnd(80, "x"));

async function deliveriesPerSecond(opening: Promise<EventServer>): Promise<number> {
  const adapter = await opening;
  const { watched } = await audience({ port: adapter.port, path: adapter.path, count, bytes: bytesOf(messages) });
  for (const [i, message] of messages.entries()) {
    adapter.report(message);
    // 10 reports per turn: the log merges none, and the broadcast does not fill the socket buffers.
    if (i % 10 === 9) await setImmediate();
  }
  const { ms } = await watched;
  await adapter.check(messages.length);
  return (count * messages.length * 1_000) / ms;
}

export default {
  name: "ws-fan-out",
  against: "a bare broadcast of ws of the same bytes, deliveries per second to 1,000 watchers",
  goal: { atLeast: 0.7 },
  baseline: () => deliveriesPerSecond(bareBroadcast()),
  subject: () => deliveriesPerSecond(wsAdapter()),
} satisfies BenchCase;
