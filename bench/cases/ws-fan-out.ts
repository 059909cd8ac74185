// A thousand watchers of one run, as fast as they can be told: deliveries per second.
import { setImmediate } from "node:timers/promises";
import type { BenchCase } from "../bench-case.ts";
import { audience, bareBroadcast, bytesOf, type Door, ownDoor } from "../watching.ts";

const count = 1_000;
const messages = Array.from({ length: 300 }, (_, i) => String(i).padEnd(80, "x"));

async function deliveriesPerSecond(opening: Promise<Door>): Promise<number> {
  const door = await opening;
  const { watched } = await audience({ port: door.port, path: door.path, count, bytes: bytesOf(messages) });
  for (const [i, message] of messages.entries()) {
    door.report(message);
    // So many a turn: a log does not merge them, and a broadcast does not hold its own sockets up.
    if (i % 10 === 9) await setImmediate();
  }
  const { ms } = await watched;
  await door.check(messages.length);
  return (count * messages.length * 1_000) / ms;
}

export default {
  name: "ws-fan-out",
  against: "a bare broadcast of ws of the same bytes, deliveries per second to 1,000 watchers",
  goal: { atLeast: 0.7 },
  baseline: () => deliveriesPerSecond(bareBroadcast()),
  subject: () => deliveriesPerSecond(ownDoor()),
} satisfies BenchCase;
