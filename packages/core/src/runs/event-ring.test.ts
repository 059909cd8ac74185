import { expect, test } from "vitest";
import { eventsAfter } from "./event-chunk.ts";
import { EventRing } from "./event-ring.ts";

test("the newest events are held, as many as there is room for, and each can be found", () => {
  const ring = new EventRing();
  for (let last = 3; last <= 3_000; last += 3) {
    const events = [last - 2, last - 1, last].map((seq) => ({ seq, at: "", type: "published" as const }));
    ring.push({ last, events, bytes: 1_024 });
  }
  const held = Array.from({ length: 3_001 }, (_, after) => after).filter((after) => ring.has(after));
  expect([held[0], held.at(-1)]).toEqual([3_000 - 3 * 256, 3_000]);
  for (const after of held) {
    const expected = [1, 2, 3, 4].map((i) => after + i).filter((seq) => seq <= 3_000);
    expect(eventsAfter(ring.chunksAfter(after), after, 4).map(({ seq }) => seq)).toEqual(expected);
  }
});

test("the newest chunk is held whatever its size; an empty ring holds nothing", () => {
  const ring = new EventRing();
  expect(ring.has(0)).toBe(false);
  ring.push({ last: 1, events: [{ seq: 1, at: "", type: "queued" }], bytes: 5 });
  ring.push({ last: 2, events: [{ seq: 2, at: "", type: "published" }], bytes: 5_000_000 });
  expect([ring.has(0), ring.has(1)]).toEqual([false, true]);
});
