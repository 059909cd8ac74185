// What watchers were told of runs, and the checks that no event of their logs is missing, repeated or changed.
import assert from "node:assert/strict";
import { type KeepWatchingOptions, keepWatching } from "@deepaas/client";
import { canonicalJson, type JsonValue, type ModelService, type RunEvent } from "@deepaas/core";

export class ToldEvents {
  readonly #watching: KeepWatchingOptions;
  /** By run, in order, as texts that are equal for equal events. */
  readonly #told = new Map<string, string[]>();

  /** `maxDelayMs`: of a watcher that lost its connection. */
  constructor({ maxDelayMs = 100 }: { readonly maxDelayMs?: number } = {}) {
    this.#watching = { minDelayMs: 10, maxDelayMs };
  }

  /** Watches to the end of the run, over lost connections. Rejects if it sees an event twice or not, or differently from another watcher. */
  async watch(service: Pick<ModelService, "watch">, id: string, onEvent?: (event: RunEvent) => void): Promise<void> {
    const all = this.#told.get(id) ?? [];
    this.#told.set(id, all);
    let last = 0;
    for await (const event of keepWatching(service, id, this.#watching)) {
      assert.equal(event.seq, last + 1, `a watcher of ${id} sees every event once`);
      last = event.seq;
      all[last - 1] ??= textOf(event);
      assert.equal(textOf(event), all[last - 1], `event ${last} of ${id} stays as it was`);
      onEvent?.(event);
    }
  }

  /** Checks that the newest event that a watcher received of each run is in its log. */
  async checkKept(service: ModelService): Promise<void> {
    for (const [id, all] of this.#told) {
      // Before the run is asked for: it goes on.
      const least = all.length;
      const { lastSeq } = await service.run(id);
      assert.ok(lastSeq >= least, `${id} has ${lastSeq} events, but ${least} were told`);
      if (least === 0) continue;
      const [last] = await firstOf(service.watch(id, { after: least - 1 }));
      assert.equal(textOf(last), all[least - 1], `event ${least} of ${id} stays as it was`);
    }
  }

  /** Checks the whole log of a run that has succeeded, and returns it. */
  async checkLog(service: ModelService, id: string): Promise<readonly RunEvent[]> {
    const log = await Array.fromAsync(service.watch(id));
    const texts = log.map((event) => textOf(event));
    assert.deepEqual(texts, this.#told.get(id), `the log of ${id} is what was told of it`);
    checkSteps(log);
    const { state, lastSeq } = await service.run(id);
    assert.equal(state, "succeeded");
    assert.equal(lastSeq, log.length, "no event follows the end");
    return log;
  }
}

function textOf(event: RunEvent | undefined): string {
  return event ? canonicalJson(event as unknown as JsonValue) : "none";
}

async function firstOf(events: AsyncIterable<RunEvent>): Promise<readonly RunEvent[]> {
  for await (const event of events) return [event];
  return [];
}

/** Each attempt continues from the last checkpoint and counts without a gap. */
function checkSteps(log: readonly RunEvent[]): void {
  let attempts = 0;
  let step = 0;
  let checkpoint = 0;
  let running = false;
  for (const event of log) {
    if (event.type === "started") {
      assert.equal(running, false, "an attempt begins after the one before has ended");
      assert.equal(event.attempt, ++attempts);
      running = true;
      step = checkpoint;
    } else if (event.type === "progress") {
      assert.equal(event.step, ++step, `progress of attempt ${attempts}`);
      assert.equal(event.merged, undefined);
    } else if (event.type === "checkpoint") {
      checkpoint = event.step;
    } else if (event.type === "lost") {
      running = false;
    }
  }
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, i) => i + 1),
  );
  assert.equal(log.at(-1)?.type, "succeeded");
}

/** The number of the last attempt. */
export function attemptsOf(log: readonly RunEvent[]): number {
  return log.filter(({ type }) => type === "started").length;
}
