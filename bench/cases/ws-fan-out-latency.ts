// 1,000 watchers of a run that makes 20 reports per second: p99 of the time from report() to receipt.
import { setTimeout } from "node:timers/promises";
import type { BenchCase } from "../bench-case.ts";
import { audience, bareBroadcast, bytesOf, type EventServer, wsAdapter } from "../watching.ts";

const count = 1_000;
const reports = 80;
const now = () => (performance.timeOrigin + performance.now()).toFixed(3).padEnd(17, "0");

async function p99(opening: Promise<EventServer>): Promise<number> {
  const adapter = await opening;
  const bytes = bytesOf(Array.from({ length: reports }, now));
  const { watched } = await audience({ port: adapter.port, path: adapter.path, count, bytes, latencies: true });
  for (let i = 0; i < reports; i++) {
    await setTimeout(50);
    adapter.report(now());
  }
  const { p99: figure } = await watched;
  await adapter.check(reports);
  return figure;
}

export default {
  name: "ws-fan-out-latency",
  against: "a bare broadcast of ws, 20 events a second to 1,000 watchers, p99 from report() to receipt",
  goal: { atMost: 2 },
  rounds: 5,
  baseline: () => p99(bareBroadcast()),
  subject: () => p99(wsAdapter()),
} satisfies BenchCase;
