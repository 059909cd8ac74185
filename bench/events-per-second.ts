import type { RunEvent } from "@deepaas/core";

/** How fast a log of `count` events is read to its end. */
export async function eventsPerSecond(log: AsyncIterable<RunEvent>, count: number): Promise<number> {
  const startedAt = performance.now();
  let seen = 0;
  for await (const event of log) seen += event.seq > 0 ? 1 : 0;
  if (seen !== count) throw new Error(`${seen} events`);
  return (count * 1000) / (performance.now() - startedAt);
}
