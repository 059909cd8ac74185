import assert from "node:assert/strict";
import { isTerminal, type ModelService, type RunEvent } from "@deepaas/core";
import { memoryStore } from "@deepaas/core/ports";
import { collect, rejection, take } from "../expect.ts";
import { aroundStore } from "../faults/around-store.ts";
import { reorderStore } from "../faults/reorder-store.ts";
import { holdsForSeeds } from "../holds-for-seeds.ts";
import { type Random, randomFrom } from "../random.ts";
import { checkLog } from "../run-log.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, gated, reached, startTraining } from "./training.ts";

/** Watches of a log that is trimmed, or whose wake-ups come in any order. */
export const watchRaceCases: readonly ServiceDraft[] = [
  {
    title: "a cursor before the first event rejects out_of_range; a watch without a cursor starts at the first event",
    cites: ["watch.trimmed", "watch.all"],
    needs: ["ports"],
    models: ["trainer"],
    prepare: () => ({
      options: { store: memoryStore({ keepEvents: 5 }) },
      async run({ service }) {
        const { id } = await startTraining(service, { script: [{ do: "log", text: "x", times: 20 }] });
        const state = async () => (await service.run(id)).state;
        while (!isTerminal(await state()));
        const run = await service.run(id);
        assert.deepEqual([run.firstSeq, run.lastSeq], [19, 23]);
        const held = await collect(service.watch(id));
        checkLog(held, 18);
        assert.equal(held.length, 5);
        assert.deepEqual(await collect(service.watch(id, { after: 18 })), held);
        for (const after of [0, 1, 17]) {
          const { first, last } = await rejection(collect(service.watch(id, { after })), "out_of_range");
          assert.deepEqual([first, last], [19, 23]);
        }
      },
    }),
  },
  {
    title: "a watch without a cursor does not reject if the log is trimmed while it starts",
    cites: ["watch.all"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      const inner = memoryStore({ keepEvents: 5 });
      let armed = false;
      const store = aroundStore(inner, async ({ method, args, make }) => {
        const answer = await make();
        if (armed && method === "get") {
          armed = false;
          const lines = Array.from(
            { length: 20 },
            () => ({ fact: { type: "log", level: "info", text: "x" } }) as const,
          );
          await inner.append(args[0] as string, lines, { attempt: 1 });
        }
        return answer;
      });
      return {
        options: { store },
        async run({ service, control }) {
          const { id } = await startTraining(service, gated(control));
          await reached(service, id, "progress");
          armed = true;
          checkLog(await take(service.watch(id), 5), 18);
          await control.open("go");
        },
      };
    },
  },
  {
    title: "whether wake-ups come late, twice or early, every watch returns every event once and ends",
    cites: ["watch.no-lost-wake", "watch.same"],
    needs: ["ports", "live"],
    models: ["trainer"],
    prepare() {
      let random = randomFrom(0);
      const reordering = {
        pause: () => random.pause(),
        times: () => 1 + random.below(2),
        early: () => random.oneIn(3),
      };
      return {
        options: { store: reorderStore(memoryStore(), reordering) },
        run: ({ service }) =>
          holdsForSeeds(async (next) => {
            random = next;
            const args = {
              script: [
                { do: "drip", times: random.below(30) },
                { do: "checkpoint", step: 1 },
              ],
            } as const;
            const { id } = await startTraining(service, args);
            const watches = Array.from({ length: 3 }, (_, i) => followed(service, { id, stopAfter: i * 4, random }));
            const { events } = await ended(service, id);
            for (const seen of await Promise.all(watches)) assert.deepEqual(seen, events);
          }),
      };
    },
  },
];

/** Ends its watch after `stopAfter` events, if not 0, and goes on from its cursor, until the run has ended. */
async function followed(
  service: ModelService,
  { id, stopAfter, random }: { readonly id: string; readonly stopAfter: number; readonly random: Random },
): Promise<readonly RunEvent[]> {
  const seen: RunEvent[] = [];
  for (;;) {
    await random.pause();
    let remaining = stopAfter;
    for await (const event of service.watch(id, { after: seen.length })) {
      seen.push(event);
      if (--remaining === 0) break;
    }
    const last = seen.at(-1);
    if (last && isTerminal(last.type) && remaining !== 0) return seen;
  }
}
