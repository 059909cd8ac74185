import type { RunEvent } from "@deepaas/core";

/** Reads a log of `count` events to its end and returns the events per second. */
export async function eventsPerSecond(log: AsyncIterable<RunEvent>, count: number): Promise<number> {
  const startedAt = performance.now();
  let seen = 0;
  for await (const event of log) seen += event.seq > 0 ? 1 : 0;
  if (seen !== count) throw new Error(`The log has ${seen} events, not ${count}.`);
  return (count * 1000) / (performance.now() - startedAt);
}
