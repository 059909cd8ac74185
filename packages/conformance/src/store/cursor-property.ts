import assert from "node:assert/strict";
import { DeepaasError, type RunEvent } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import type { Random } from "../random.ts";
import { checkLog } from "../run-log.ts";
import { line, running } from "./subject.ts";

/** Readers take pieces of any size from any cursor while the log grows, and is trimmed at its beginning. */
export async function cursorsAddUp(store: RunStore, random: Random): Promise<void> {
  const id = crypto.randomUUID();
  await running(store, id);
  let writing = true;
  const write = async () => {
    for (let n = 1; n <= 20; n++) {
      const lines = Array.from({ length: 1 + random.below(4) }, (_, i) => line(`${n} ${i}`)).flat();
      await store.append(id, lines, { attempt: 1, appendNumber: n });
      await random.pause();
    }
    writing = false;
  };
  const written = new Map<number, string>();
  const read = async () => {
    let cursor = random.oneIn(2) ? 0 : random.below(3);
    for (;;) {
      const over = !writing;
      let events: readonly RunEvent[];
      try {
        events = await store.read(id, cursor, 1 + random.below(7));
      } catch (error) {
        // Trimmed away: the reader was too slow, and is told where to go on.
        assert.ok(DeepaasError.is(error) && error.code === "out_of_range" && error.first !== undefined, String(error));
        assert.ok(error.first > cursor + 1 && (error.last ?? 0) >= error.first);
        cursor = error.first - 1;
        continue;
      }
      checkLog(events, cursor);
      for (const event of events) {
        const text = JSON.stringify(event);
        assert.equal(written.get(event.seq) ?? text, text, "a seq is always the same event");
        written.set(event.seq, text);
        cursor = event.seq;
      }
      if (over && events.length === 0) return assert.equal(cursor, (await store.get(id))?.lastSeq);
      await random.pause();
    }
  };
  await Promise.all([write(), read(), read(), read()]);
}
