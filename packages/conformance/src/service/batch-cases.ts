import assert from "node:assert/strict";
import { rejection } from "../expect.ts";
import { queuedCalls } from "./queued-calls.ts";
import type { ServiceDraft, ServiceTest } from "./subject.ts";

interface QueuedCalls {
  /** The calls that are queued, in order. */
  readonly calls: readonly { readonly how: string; readonly answer: Promise<unknown>; abort(): void }[];
  readonly first: Promise<unknown>;
}

/** Starts a call that holds the only slot until the gate `first` opens, and queues as many others as the queue can hold. */
async function queueCalls({ service, control }: ServiceTest, hows: readonly string[], gate = ""): Promise<QueuedCalls> {
  const first = service.predict("batch", { control: control.id, value: 0, gate: "first" });
  await control.waitForNotes("batch");
  const all = hows.map((how, i) => {
    const controller = new AbortController();
    const args = { control: control.id, value: i + 1, how, gate };
    return {
      how,
      answer: service.predict("batch", args, { signal: controller.signal }),
      abort: () => controller.abort(),
    };
  });
  return { first, calls: await queuedCalls(all) };
}

const oneSlot = (queue: number, maxBatch = 8) => ({ limits: { concurrency: 1, queue, maxBatch } });

const sizes = (notes: readonly string[]) => notes.map((values) => values.split(",").length);

export const batchCases: readonly ServiceDraft[] = [
  {
    title: "a call does not wait while the slot is idle; queued calls are passed on together, up to maxBatch",
    cites: ["batch.together", "batch.idle"],
    needs: ["limits"],
    models: ["batch"],
    options: oneSlot(5, 4),
    async run(test) {
      const { first, calls } = await queueCalls(test, Array(6).fill("answer"));
      await test.control.open("first");
      assert.deepEqual(await first, { value: 0, of: 1 });
      const answers = (await Promise.all(calls.map(({ answer }) => answer))) as { value: number; of: number }[];
      assert.equal(new Set(answers.map(({ value }) => value)).size, 5, "each call has its own result");
      assert.deepEqual(sizes(await test.control.notes("batch")), [1, 4, 1]);
    },
  },
  {
    title: "an error as a result, or a result without a JSON form, fails its call only",
    cites: ["batch.item"],
    needs: ["limits"],
    models: ["batch"],
    options: oneSlot(7),
    async run(test) {
      const hows = ["answer", "answer", "fail", "fail", "refuse", "refuse", "nan", "nan"];
      const codes = { fail: "internal", refuse: "permission_denied", nan: "invalid_response" } as const;
      const { first, calls } = await queueCalls(test, hows);
      const settled = calls.map(({ how, answer }) =>
        how === "answer" ? answer : rejection(answer, codes[how as keyof typeof codes]),
      );
      await test.control.open("first");
      await Promise.all([first, ...settled]);
      assert.deepEqual(sizes(await test.control.notes("batch")), [1, 7], "one batch, which is not retried");
    },
  },
  {
    title: "if a batch fails as a whole, each call is retried alone, once",
    cites: ["batch.whole"],
    needs: ["limits"],
    models: ["batch"],
    options: oneSlot(4),
    async run(test) {
      const { first, calls } = await queueCalls(test, ["answer", "answer", "answer", "poison", "poison"]);
      const settled = calls.map(async ({ how, answer }) => {
        if (how === "poison") await rejection(answer, "internal");
        else assert.equal(((await answer) as { of: number }).of, 1);
      });
      await test.control.open("first");
      await Promise.all([first, ...settled]);
      assert.deepEqual(sizes(await test.control.notes("batch")), [1, 4, 1, 1, 1, 1]);
    },
  },
  {
    title: "a caller that aborts does not affect the others of its batch",
    cites: ["batch.abort"],
    needs: ["limits"],
    models: ["batch"],
    options: oneSlot(3),
    async run(test) {
      const { first, calls } = await queueCalls(test, Array(4).fill("answer"), "second");
      await test.control.open("first");
      await first;
      await test.control.waitForNotes("batch", 2);
      const [one, ...others] = calls;
      const aborted = rejection(one?.answer as Promise<unknown>, "cancelled");
      one?.abort();
      await aborted;
      await test.control.open("second");
      for (const { answer } of others) assert.equal(((await answer) as { of: number }).of, 3);
      assert.deepEqual(await test.control.notes("aborted"), []);
    },
  },
  {
    title: "if all callers of a batch abort, its signal is aborted",
    cites: ["batch.abort"],
    needs: ["limits"],
    models: ["batch"],
    options: oneSlot(2),
    async run(test) {
      const { first, calls } = await queueCalls(test, Array(3).fill("answer"), "never");
      await test.control.open("first");
      await first;
      await test.control.waitForNotes("batch", 2);
      const aborted = calls.map(({ answer }) => rejection(answer, "cancelled"));
      for (const { abort } of calls) abort();
      await Promise.all(aborted);
      assert.deepEqual(await test.control.waitForNotes("aborted"), ["cancelled"]);
      assert.deepEqual(await test.service.predict("batch", { value: 9 }), { value: 9, of: 1 }, "the slot is free");
    },
  },
  {
    title: "of 200 calls at the same time each gets its own result",
    cites: ["batch.together"],
    models: ["batch"],
    async run({ service }) {
      const calls = Array.from({ length: 200 }, async (_, value) => {
        const answer = (await service.predict("batch", { value })) as { value: number };
        assert.equal(answer.value, value);
      });
      await Promise.all(calls);
    },
  },
];
