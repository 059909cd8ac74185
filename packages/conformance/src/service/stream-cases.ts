import assert from "node:assert/strict";
import type { Control } from "../control.ts";
import { collect, rejection, take } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";

/** How the model's generator was left. */
async function left(control: Control): Promise<{ made: number; ended: boolean }> {
  const [note] = await control.noted("left");
  return JSON.parse(note as string) as { made: number; ended: boolean };
}

const numbers = (parts: readonly unknown[]) => parts.map((part) => (part as { i: number }).i);

export const streamCases: readonly ServiceDraft[] = [
  {
    title: "a stream gives the pieces in order and ends after the last",
    cites: ["stream.order"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const parts = await collect(service.predictStream("stream", { control: control.id, parts: 100, padding: 10 }));
      assert.deepEqual(numbers(parts), [...Array(100).keys()]);
      assert.deepEqual(await left(control), { made: 100, ended: true });
      assert.deepEqual(await collect(service.predictStream("stream", { parts: 0 })), []);
    },
  },
  {
    title: "a piece arrives before the next one is made",
    cites: ["stream.live"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const seen: number[] = [];
      for await (const part of service.predictStream("stream", { control: control.id, parts: 3, at: 2 })) {
        seen.push(...numbers([part]));
        if (seen.length === 2) await control.open("go");
      }
      assert.deepEqual(seen, [0, 1, 2]);
    },
  },
  {
    title: "a model is not asked for pieces that nobody takes, and leaving stops it",
    cites: ["stream.pressure", "stream.return"],
    needs: ["streams"],
    models: ["stream", "bare"],
    async run({ service, control }) {
      const parts = 20_000;
      const stream = service
        .predictStream("stream", { control: control.id, parts, padding: 10_000 })
        [Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) assert.equal((await stream.next()).done, false);
      // Time enough to make all of them, for a model that is asked for them.
      for (let i = 0; i < 50; i++) await service.predict("bare", {});
      await stream.return?.(undefined);
      const { made, ended } = await left(control);
      assert.equal(ended, false);
      assert.ok(made < parts / 2, `${made} pieces were made while 3 were taken`);
    },
  },
  {
    title: "an error in the middle arrives after the pieces before it, with its code",
    cites: ["stream.error", "result.not-finite"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service }) {
      const codes = { error: "internal", deepaas: "failed_precondition", nan: "invalid_response" } as const;
      for (const [fault, code] of Object.entries(codes)) {
        const seen: unknown[] = [];
        const stream = service.predictStream("stream", { parts: 5, at: 2, fault });
        const consumed = (async () => {
          for await (const part of stream) seen.push(part);
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
      const parts = await take(service.predictStream("stream", { control: control.id, parts: 5, at: 2 }), 2);
      assert.deepEqual(numbers(parts), [0, 1]);
      assert.equal((await left(control)).ended, false);
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
      const args = { control: control.id, parts: 5, at: 2 };
      const consumed = (async () => {
        for await (const part of service.predictStream("stream", args, { signal: abort.signal })) {
          if (seen.push(part) === 2) abort.abort();
        }
      })();
      await rejection(consumed, "cancelled");
      assert.equal(seen.length, 2);
      assert.equal((await left(control)).ended, false);
    },
  },
  {
    title: "a stream beyond its time rejects deadline_exceeded",
    cites: ["stream.abort", "call.timeout"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      const stream = service.predictStream("stream", { control: control.id, at: 2 }, { timeoutMs: 60 });
      await rejection(collect(stream), "deadline_exceeded");
    },
  },
  {
    title: "wrong arguments, or an aborted signal, reject before any piece",
    cites: ["stream.args", "call.abort.before"],
    needs: ["streams"],
    models: ["stream"],
    async run({ service, control }) {
      await rejection(collect(service.predictStream("stream", { parts: -1 })), "invalid_args");
      const options = { signal: AbortSignal.abort() };
      await rejection(collect(service.predictStream("stream", { control: control.id }, options)), "cancelled");
      assert.deepEqual(await control.notes("started"), []);
    },
  },
];
