import assert from "node:assert/strict";
import type { ModelService, RunFilter } from "@deepaas/core";
import { rejection } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, reached, startTraining, trained } from "./training.ts";

const ids = async (service: ModelService, filter?: RunFilter) => (await service.runs(filter)).items.map(({ id }) => id);

async function startMany(service: ModelService, names: readonly string[]): Promise<void> {
  for (const runId of names) await startTraining(service, {}, { runId });
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

export const listCases: readonly ServiceDraft[] = [
  {
    title: "runs are listed in the order of their creation, or the newest first",
    cites: ["runs.order"],
    models: ["trainer"],
    async run({ service }) {
      assert.deepEqual(await service.runs(), { items: [], next: null });
      await startMany(service, ["b", "a", "c"]);
      assert.deepEqual(await ids(service), ["b", "a", "c"]);
      assert.deepEqual(await ids(service, { newestFirst: true }), ["c", "a", "b"]);
      const { run } = await ended(service, "a");
      assert.deepEqual((await service.runs()).items[1], run, "`runs` and `run` return the same record");
    },
  },
  {
    title: "a list leaves out results over 65,536 characters, and says so; the run itself has them",
    cites: ["runs.results"],
    models: ["trainer"],
    async run({ service }) {
      const long = { texts: Array.from({ length: 70 }, () => "x".repeat(1_000)) };
      for (const [runId, value] of Object.entries({ short: "x".repeat(60_000), long })) {
        await startTraining(service, { script: [{ do: "return", value }] }, { runId });
        await ended(service, runId);
      }
      const [short, listed] = (await service.runs()).items;
      assert.deepEqual([short?.resultOmitted, short?.result], [undefined, "x".repeat(60_000)]);
      const { result, ...rest } = await service.run("long");
      assert.deepEqual(result, long);
      assert.deepEqual(listed, { ...rest, resultOmitted: true });
    },
  },
  {
    title: "runs are filtered by model and by one or several states",
    cites: ["runs.filter"],
    models: ["trainer", "echo", "failing"],
    async run({ service, control }) {
      await service.train("echo", { text: "x" }, { runId: "echoed" });
      await service.train("failing", { how: "error" }, { runId: "failed" });
      await ended(service, "echoed");
      await ended(service, "failed");
      const args = { control: control.id, script: [{ do: "gate", name: "go" }] } as const;
      for (const runId of ["running", "queued", "cancelled"]) await startTraining(service, args, { runId });
      await reached(service, "running", "started");
      await service.cancel("cancelled");
      assert.deepEqual(await ids(service, { model: "trainer" }), ["running", "queued", "cancelled"]);
      assert.deepEqual(await ids(service, { model: "unknown" }), []);
      for (const id of ["failed", "running", "queued", "cancelled"] as const)
        assert.deepEqual(await ids(service, { state: id }), [id]);
      assert.deepEqual(await ids(service, { state: ["succeeded", "queued", "failed"] }), [
        "echoed",
        "failed",
        "queued",
      ]);
      assert.deepEqual(await ids(service, { state: ["running", "failed"], model: "trainer", newestFirst: true }), [
        "running",
      ]);
      await control.open("go");
      for (const id of ["running", "queued"]) await ended(service, id);
    },
  },
  {
    title: "pages follow each other in both orders, with a filter and any limit",
    cites: ["runs.page"],
    models: ["trainer", "echo"],
    async run({ service }) {
      const mine = names("r", 11);
      for (const runId of mine) {
        await startTraining(service, {}, { runId });
        await service.train("echo", { text: "x" }, { runId: `${runId}-other` });
      }
      for (const newestFirst of [false, true]) {
        for (const limit of [1, 3, 10, 11, 12, 1_000]) {
          const pages = await allPages(service, { model: "trainer", limit, newestFirst });
          assert.deepEqual(pages.flat(), newestFirst ? mine.toReversed() : mine);
          assert.ok(
            pages.every(({ length }) => length > 0 && length <= limit),
            "no page is empty",
          );
        }
      }
    },
  },
  {
    title: "each run is in one page while others are created",
    cites: ["runs.page"],
    models: ["trainer"],
    async run({ service }) {
      const before = names("before", 10);
      await startMany(service, before);
      let more = 0;
      const during = () => startMany(service, names(`during${more++}-`, 2));
      const newestFirst = (await allPages(service, { limit: 3, newestFirst: true }, during)).flat();
      assert.deepEqual(
        newestFirst,
        before.toReversed(),
        "newest first: the runs that existed when the first page was read",
      );
      let remaining = 3;
      const oldestFirst = (
        await allPages(service, { limit: 4 }, async () => void (remaining-- > 0 && (await during())))
      ).flat();
      assert.equal(new Set(oldestFirst).size, oldestFirst.length);
      assert.deepEqual(oldestFirst, await ids(service, { limit: 1_000 }), "oldest first: all runs");
    },
  },
  {
    title: "`keepRuns` ended runs are kept, and the oldest others are removed",
    cites: ["runs.kept"],
    needs: ["limits"],
    models: ["trainer"],
    options: { limits: { keepRuns: 3 } },
    async run({ service, control }) {
      const all = names("r", 6);
      for (const runId of all) await ended(service, (await startTraining(service, {}, { runId })).id);
      const args = { control: control.id, script: [{ do: "gate", name: "go" }] } as const;
      await startTraining(service, args, { runId: "running" });
      // Old runs are removed some time after the end of a new one.
      while ((await ids(service)).length > 4);
      assert.deepEqual(await ids(service), [...all.slice(3), "running"]);
      await rejection(service.run("r0"), "not_found");
      await control.open("go");
      await ended(service, "running");
    },
  },
  {
    title: "runs are filtered by the time of their creation, in any time zone",
    cites: ["runs.filter"],
    models: ["trainer"],
    async run({ service }) {
      const { createdAt: first } = await startTraining(service, {}, { runId: "first" });
      while (Date.now() <= Date.parse(first));
      const { createdAt: second } = await startTraining(service, {}, { runId: "second" });
      assert.deepEqual(await ids(service, { createdSince: first }), ["first", "second"]);
      assert.deepEqual(await ids(service, { createdSince: second }), ["second"]);
      assert.deepEqual(await ids(service, { createdBefore: second, model: "trainer" }), ["first"]);
      assert.deepEqual(await ids(service, { createdSince: first, createdBefore: first }), []);
      const inDelhi = new Date(Date.parse(second) + 5.5 * 3_600_000).toISOString().replace("Z", "+05:30");
      assert.deepEqual(await ids(service, { createdSince: inDelhi, newestFirst: true }), ["second"]);
    },
  },
  {
    title: "runs are listed by the last value of a metric, in both directions; those without it and with NaN come last",
    cites: ["runs.metric", "runs.metric-page"],
    models: ["trainer"],
    async run({ service }) {
      const reports: Readonly<Record<string, readonly (number | string)[]>> = {
        half: [9, 0.5],
        nan: [1, "NaN"],
        two: [2],
        low: ["-Infinity"],
        again: [0.5],
        high: ["Infinity"],
      };
      for (const [runId, values] of Object.entries(reports)) {
        const script = values.map((value) => ({ do: "report", metrics: { "a 'b\".$c": value } }) as const);
        await trained(service, { script }, { runId });
      }
      await trained(service, { script: [{ do: "report", metrics: { other: 1 } }] }, { runId: "none" });
      const order = { orderByMetric: "a 'b\".$c" } as const;
      const expected = [
        [order, ["low", "half", "again", "two", "high", "nan", "none"]],
        [{ ...order, newestFirst: true }, ["low", "again", "half", "two", "high", "none", "nan"]],
        [{ ...order, descending: true }, ["high", "two", "half", "again", "low", "nan", "none"]],
        [{ ...order, descending: true, newestFirst: true }, ["high", "two", "again", "half", "low", "none", "nan"]],
      ] as const;
      for (const [filter, all] of expected) {
        assert.deepEqual(await ids(service, filter), all);
        for (const limit of [1, 2, 3]) assert.deepEqual((await allPages(service, { ...filter, limit })).flat(), all);
      }
      assert.deepEqual(await ids(service, { ...order, model: "other" }), []);
    },
  },
  {
    title: "an invalid order and a cursor of another order are refused, with their place",
    cites: ["runs.metric-invalid"],
    models: ["trainer"],
    async run({ service }) {
      await startMany(service, ["a", "b"]);
      const refused = async (pointer: string, filter: RunFilter) => {
        const { issues } = await rejection(service.runs(filter), "invalid_args");
        assert.equal(issues?.[0]?.pointer, pointer, JSON.stringify(filter));
      };
      await refused("/orderByMetric", { orderByMetric: "" });
      await refused("/orderByMetric", { orderByMetric: "x".repeat(257) });
      await refused("/descending", { descending: true });
      const orders: readonly RunFilter[] = [
        {},
        { orderByMetric: "a" },
        { orderByMetric: "b" },
        { orderByMetric: "a", descending: true },
        { orderByMetric: "a", newestFirst: true },
      ];
      for (const order of orders) {
        const { next: after } = await service.runs({ ...order, limit: 1 });
        assert.ok(after);
        assert.deepEqual((await service.runs({ ...order, limit: 1, after })).items.length, 1);
        for (const other of orders) if (other !== order) await refused("/after", { ...other, after });
      }
      for (const after of ["x", "", "-1", "e30", "bnVsbA"]) await refused("/after", { orderByMetric: "a", after });
    },
  },
  {
    title: "an invalid limit, state, time or cursor rejects invalid_args",
    cites: ["runs.invalid"],
    models: ["trainer"],
    async run({ service }) {
      await startMany(service, ["a"]);
      for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) await rejection(service.runs({ limit }), "invalid_args");
      const wrong = ["done", "", ["queued", "over"]] as unknown as NonNullable<RunFilter["state"]>[];
      for (const state of wrong) await rejection(service.runs({ state }), "invalid_args");
      for (const time of ["yesterday", "2026-01-31", "2026-01-31T12:00", "2026-13-01T00:00:00Z"]) {
        await rejection(service.runs({ createdSince: time }), "invalid_args");
        await rejection(service.runs({ createdBefore: time }), "invalid_args");
      }
      for (const after of ["x", "", "-1", "1e3"]) await rejection(service.runs({ after }), "invalid_args");
      assert.equal((await service.runs({ limit: 1_000 })).next, null);
    },
  },
];

async function allPages(
  service: ModelService,
  filter: RunFilter,
  between?: () => Promise<unknown>,
): Promise<string[][]> {
  const pages: string[][] = [];
  for (let after: string | null | undefined; after !== null; ) {
    const { items, next } = await service.runs({ ...filter, ...(after !== undefined && { after }) });
    pages.push(items.map(({ id }) => id));
    after = next;
    if (after !== null) await between?.();
  }
  return pages;
}
