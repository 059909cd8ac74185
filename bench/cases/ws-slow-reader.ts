// 100 watchers beside one that never reads: p99 of the time from report() to receipt.
import { setTimeout } from "node:timers/promises";
import type { BenchCase } from "../bench-case.ts";
import { audience, bytesOf, wsAdapter } from "../watching.ts";

const count = 100;
const reports = 2_000;
const now = () => (performance.timeOrigin + performance.now()).toFixed(3).padEnd(17, "0");
/** Makes the unread data larger than the socket buffers. */
const padding = "x".repeat(4_000);

async function p99(more: { readonly stuck?: true }): Promise<number> {
  const adapter = await wsAdapter();
  const bytes = bytesOf(Array.from({ length: reports }, () => now() + padding));
  const { watched } = await audience({
    port: adapter.port,
    path: adapter.path,
    count,
    bytes,
    latencies: true,
    ...more,
  });
  for (let i = 0; i < reports; i++) {
    await setTimeout(2);
    adapter.report(now() + padding);
  }
  const { p99: figure } = await watched;
  await adapter.check(reports);
  return figure;
}

export default {
  name: "ws-slow-reader",
  against: "the same without a watcher that never reads, p99 from report() to receipt",
  goal: { atMost: 1.2 },
  baseline: () => p99({}),
  subject: () => p99({ stuck: true }),
} satisfies BenchCase;
