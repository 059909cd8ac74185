import assert from "node:assert/strict";
import type { Control } from "../control.ts";
import { collect, rejection, take } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";

/** Returns how the model's generator stopped. */
async function stopped(control: Control): Promise<{ made: number; hasEnded: boolean }> {
  const [note] = await control.waitForNotes("stopped");
  return JSON.parse(note as string) as { made: number; hasEnded: boolean };
}

const numbers = (items: readonly unknown[]) => items.map((item) => (item as { i: number }).i);

export const streamCases: readonly ServiceDraft[] = [
  {
    title: "a stream yields the items in order and ends after the last",
    cites: ["stream.order"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const items = await collect(service.predictStream("stream", { control: control.id, items: 100, padding: 10 }));
      assert.deepEqual(numbers(items), [...Array(100).keys()]);
      assert.deepEqual(await stopped(control), { made: 100, hasEnded: true });
      assert.deepEqual(await collect(service.predictStream("stream", { items: 0 })), []);
    },
  },
  {
    title: "an item arrives before the next one is made",
    cites: ["stream.live"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const seen: number[] = [];
      for await (const item of service.predictStream("stream", { control: control.id, items: 3, at: 2 })) {
        seen.push(...numbers([item]));
        if (seen.length === 2) await control.open("go");
      }
      assert.deepEqual(seen, [0, 1, 2]);
    },
  },
  {
    title: "a model makes no items that are not read, and ending the iteration stops it",
    cites: ["stream.pressure", "stream.return"],
    needs: ["streams"],
    models: ["stream", "bare"],
    async run({ service, control }) {
      const items = 20_000;
      const stream = service
        .predictStream("stream", { control: control.id, items, padding: 10_000 })
        [Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) assert.equal((await stream.next()).done, false);
      // Enough time to make all items, if they were requested.
      for (let i = 0; i < 50; i++) await service.predict("bare", {});
      await stream.return?.(undefined);
      const { made, hasEnded } = await stopped(control);
      assert.equal(hasEnded, false);
      assert.ok(made < items / 2, `${made} items were made and 3 were read`);
    },
  },
  {
    title: "an error in the middle arrives after the items before it, with its code",
    cites: ["stream.error", "result.not-finite"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service }) {
      const codes = { error: "internal", deepaas: "failed_precondition", nan: "invalid_response" } as const;
      for (const [fault, code] of Object.entries(codes)) {
        const seen: unknown[] = [];
        const stream = service.predictStream("stream", { items: 5, at: 2, fault });
        const consumed = (async () => {
          for await (const item of stream) seen.push(item);
        })();
        await rejection(consumed, code);
        assert.deepEqual(numbers(seen), [0, 1], fault);
      }
    },
  },
  {
    title: "breaking out of a stream stops the model",
    cites: ["stream.return"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const items = await take(service.predictStream("stream", { control: control.id, items: 5, at: 2 }), 2);
      assert.deepEqual(numbers(items), [0, 1]);
      assert.equal((await stopped(control)).hasEnded, false);
    },
  },
  {
    title: "aborting a stream rejects cancelled and stops the model",
    cites: ["stream.abort"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const abort = new AbortController();
      const seen: unknown[] = [];
      const args = { control: control.id, items: 5, at: 2 };
      const consumed = (async () => {
        for await (const item of service.predictStream("stream", args, { signal: abort.signal })) {
          if (seen.push(item) === 2) abort.abort();
        }
      })();
      await rejection(consumed, "cancelled");
      assert.equal(seen.length, 2);
      assert.equal((await stopped(control)).hasEnded, false);
    },
  },
  {
    title: "a stream that takes longer than its timeoutMs rejects deadline_exceeded",
    cites: ["stream.abort", "call.timeout"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const stream = service.predictStream("stream", { control: control.id, at: 2 }, { timeoutMs: 60 });
      await rejection(collect(stream), "deadline_exceeded");
    },
  },
  {
    title: "invalid arguments, or an aborted signal, reject before any item",
    cites: ["stream.args", "call.abort.before"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      await rejection(collect(service.predictStream("stream", { items: -1 })), "invalid_args");
      const options = { signal: AbortSignal.abort() };
      await rejection(collect(service.predictStream("stream", { control: control.id }, options)), "cancelled");
      assert.deepEqual(await control.notes("started"), []);
    },
  },
];
