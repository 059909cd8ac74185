// What a host does with a store: it repeats reports that were refused, and watches.
import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "@deepaas/core";
import { type RunStore, watchRun } from "@deepaas/core/ports";
import { line } from "./postgres-test.ts";

/** Repeats a call until the store answers. */
export async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch {
      await sleep(20);
    }
  }
}

/** Appends numbered lines, and repeats what was refused with its number. `each` is called before each. */
export async function report(
  store: RunStore,
  runId: string,
  {
    lines,
    attempt = 1,
    each,
  }: { readonly lines: number; readonly attempt?: number; readonly each?: (n: number) => unknown },
): Promise<void> {
  for (let n = 1; n <= lines; n++) {
    await each?.(n);
    await untilAnswered(() => store.append(runId, line(`${n}`), { attempt, appendNumber: n }));
  }
}

/** Watches to the end, and goes on from the last event after an error. */
export async function watchAll(store: RunStore, runId: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  await untilAnswered(async () => {
    for await (const event of watchRun(store, runId, { after: events.length })) events.push(event);
  });
  return events;
}

/** The texts of the log lines. */
export const texts = (events: readonly RunEvent[]): readonly string[] =>
  events.flatMap((event) => (event.type === "log" ? event.text : []));

/** "1" to "n". */
export const numbers = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `${i + 1}`);
