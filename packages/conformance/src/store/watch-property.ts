// A wake-up between two steps of a watch can make it hang or miss an event: here wake-ups come at every step.
import assert from "node:assert/strict";
import type { RunEvent } from "@deepaas/core";
import { DeepaasError, isTerminal } from "@deepaas/core";
import { type RunStore, watchRun } from "@deepaas/core/ports";
import { reorderStore } from "../faults/reorder-store.ts";
import type { Random } from "../random.ts";
import { checkLog } from "../run-log.ts";
import { cancelled, fact, line, log, newRun } from "./subject.ts";

export type Watch = typeof watchRun;

/** Writes a run while several watchers read it, end their watch, and go on from their cursor. */
export async function watchesMatchLog(store: RunStore, random: Random, watch: Watch = watchRun): Promise<void> {
  const id = crypto.randomUUID();
  const reordered = reorderStore(store, {
    pause: random.pause,
    times: () => 1 + random.below(2),
    early: () => random.oneIn(3),
  });
  await store.create(newRun(id));
  const watchers = Array.from({ length: 1 + random.below(4) }, () => follow(reordered, { id, random, watch }));
  const [seen] = await Promise.all([Promise.all(watchers), write(reordered, id, random)]);
  const all = await log(store, id);
  for (const events of seen) {
    checkLog(events);
    assert.deepEqual(events, all);
  }
  const last = (await store.get(id))?.lastSeq ?? 0;
  assert.deepEqual(
    await Array.fromAsync(watch(reordered, id, { after: last })),
    [],
    "a watch at the last event ends at once",
  );
  await removedWhileWatched(reordered, { id, random, watch });
}

interface Follower {
  readonly id: string;
  readonly random: Random;
  readonly watch: Watch;
}

async function follow(store: RunStore, { id, random, watch }: Follower): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    await random.pause();
    for await (const event of watch(store, id, { after: events.length })) {
      events.push(event);
      if (random.oneIn(3)) await random.pause();
      if (random.oneIn(8)) break;
    }
    const last = events.at(-1);
    if (last && isTerminal(last.type) && !random.oneIn(2)) return events;
  }
}

async function write(store: RunStore, id: string, random: Random): Promise<void> {
  await random.pause();
  if (random.oneIn(6)) return void (await store.append(id, cancelled, { attempt: 0 }));
  await store.claim(id);
  for (let n = 1 + random.below(12), i = 1; i <= n; i++) {
    const lines = Array.from({ length: 1 + random.below(3) }, (_, j) => line(`${i} ${j}`)).flat();
    await store.append(id, i === n ? [...lines, ...fact({ type: "succeeded", result: i })] : lines, {
      attempt: 1,
      appendNumber: i,
    });
    await random.pause();
  }
}

/** A watch of a run that is removed rejects `not_found`, unless it has read the whole log. */
async function removedWhileWatched(store: RunStore, { id, random, watch }: Follower): Promise<void> {
  const other = `${id}-removed`;
  await store.create(newRun(other));
  const outcome = (async () => {
    try {
      for await (const event of watch(store, other)) if (isTerminal(event.type)) return "ended";
      return "ended without a terminal event";
    } catch (error) {
      return DeepaasError.is(error) ? error.code : String(error);
    }
  })();
  await random.pause();
  await store.append(other, cancelled, { attempt: 0 });
  await store.remove(other);
  const answer = await outcome;
  assert.ok(answer === "ended" || answer === "not_found", answer);
}
