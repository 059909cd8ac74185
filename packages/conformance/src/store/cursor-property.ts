import assert from "node:assert/strict";
import { DeepaasError, type RunEvent } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import type { Random } from "../random.ts";
import { checkLog } from "../run-log.ts";
import { line, running } from "./subject.ts";

/** Reads with any limit from any cursor while the log grows and is trimmed, and compares all events that were read. */
export async function readsMatchLog(store: RunStore, random: Random): Promise<void> {
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
  const eventTexts = new Map<number, string>();
  const read = async () => {
    let cursor = random.oneIn(2) ? 0 : random.below(3);
    for (;;) {
      const isComplete = !writing;
      let events: readonly RunEvent[];
      try {
        events = await store.read(id, cursor, 1 + random.below(7));
      } catch (error) {
        // The next events have been trimmed. The error says where the log starts.
        assert.ok(DeepaasError.is(error) && error.code === "out_of_range" && error.first !== undefined, String(error));
        assert.ok(error.first > cursor + 1 && (error.last ?? 0) >= error.first);
        cursor = error.first - 1;
        continue;
      }
      checkLog(events, cursor);
      for (const event of events) {
        const text = JSON.stringify(event);
        assert.equal(eventTexts.get(event.seq) ?? text, text, "the same seq is always the same event");
        eventTexts.set(event.seq, text);
        cursor = event.seq;
      }
      if (isComplete && events.length === 0) return assert.equal(cursor, (await store.get(id))?.lastSeq);
      await random.pause();
    }
  };
  await Promise.all([write(), read(), read(), read()]);
}
