import assert from "node:assert/strict";
import type { MetricValue, Run } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { checkLog } from "../run-log.ts";
import { line, log, newRun, running, type StoreDraft, succeeded } from "./subject.ts";

export const readCases: readonly StoreDraft[] = [
  {
    title: "read returns at most `limit` events after the cursor, and none at the end",
    cites: ["read.range"],
    async run({ store }) {
      await running(store, "r");
      await store.append("r", Array.from({ length: 8 }, (_, i) => line(`${i}`)).flat(), {
        attempt: 1,
        appendNumber: 1,
      });
      const all = await log(store, "r");
      assert.equal(all.length, 10);
      for (const [after, limit] of [
        [0, 3],
        [3, 3],
        [9, 3],
        [10, 3],
        [5, 1],
        [0, 100],
        [11, 3],
        [1_000, 3],
      ] as const) {
        assert.deepEqual(await store.read("r", after, limit), all.slice(after, after + limit), `after ${after}`);
      }
    },
  },
  {
    title: "a cursor before the first event rejects out_of_range with first and last; the newest events stay",
    cites: ["read.trimmed"],
    needs: ["trim"],
    keepEvents: 5,
    async run({ store }) {
      await running(store, "r");
      for (let n = 1; n <= 30; n++) {
        await store.append("r", line(`${n}`), { attempt: 1, appendNumber: n });
        const run = await store.get("r");
        const { firstSeq = 0, lastSeq = 0 } = run ?? {};
        assert.equal(lastSeq, n + 2);
        const held = await store.read("r", firstSeq - 1, 100);
        checkLog(held, firstSeq - 1);
        assert.equal(held.length, lastSeq - firstSeq + 1);
        assert.ok(held.length >= Math.min(5, lastSeq), `${held.length} held`);
        if (firstSeq === 1) continue;
        const { first, last } = await rejection(store.read("r", firstSeq - 2, 100), "out_of_range");
        assert.deepEqual([first, last], [firstSeq, lastSeq]);
      }
      assert.ok(((await store.get("r"))?.firstSeq ?? 0) > 1, "the log was trimmed");
      await store.append("r", succeeded, { attempt: 1, appendNumber: 31 });
      assert.equal((await store.read("r", 32, 10)).at(-1)?.type, "succeeded");
    },
  },
  {
    title: "runs are listed in the order of creation, filtered by model and states",
    cites: ["list.order", "list.filter"],
    async run({ store }) {
      const ids = async (filter: Parameters<typeof store.list>[0]) =>
        (await store.list(filter)).items.map(({ id }) => id);
      assert.deepEqual(await store.list({}), { items: [], next: null });
      for (const id of ["z", "a", "m"]) await store.create(newRun(id, { model: id === "a" ? "other" : "m" }));
      await store.claim("z");
      assert.deepEqual(await ids({}), ["z", "a", "m"]);
      assert.deepEqual(await ids({ newestFirst: true }), ["m", "a", "z"]);
      assert.deepEqual(await ids({ model: "other" }), ["a"]);
      assert.deepEqual(await ids({ state: "queued" }), ["a", "m"]);
      assert.deepEqual(await ids({ state: ["queued", "running"], model: "m", newestFirst: true }), ["m", "z"]);
      assert.deepEqual(await ids({ state: [] }), []);
      const { createdAt } = (await store.get("m")) as Run;
      const later = new Date(Date.parse(createdAt) + 1).toISOString();
      assert.deepEqual(await ids({ createdSince: later }), []);
      assert.deepEqual(await ids({ createdBefore: later, createdSince: createdAt, model: "m", state: "queued" }), [
        "m",
      ]);
      assert.equal((await ids({ createdBefore: createdAt })).includes("m"), false);
    },
  },
  {
    title: "the owner of a run is kept, and list filters by it, in full pages",
    cites: ["list.owner"],
    async run({ store }) {
      const owners = ["ann", "bob", undefined, "ann", "bob", "ann"];
      for (const [i, owner] of owners.entries()) {
        await store.create(newRun(`r${i}`, { model: i < 3 ? "m" : "n", ...(owner !== undefined && { owner }) }));
      }
      await store.claim("r3");
      const ids = async (filter: Parameters<typeof store.list>[0]) =>
        (await store.list(filter)).items.map(({ id }) => id);
      assert.equal((await store.get("r3"))?.owner, "ann");
      assert.ok(!Object.hasOwn((await store.get("r2")) as Run, "owner"), "no owner");
      assert.deepEqual(await ids({ owner: "ann" }), ["r0", "r3", "r5"]);
      assert.deepEqual(await ids({ owner: "ann", newestFirst: true, model: "n" }), ["r5", "r3"]);
      assert.deepEqual(await ids({ owner: "ann", state: "queued" }), ["r0", "r5"]);
      assert.deepEqual(await ids({ owner: "eve" }), []);
      const first = await store.list({ owner: "ann", limit: 2 });
      assert.deepEqual(
        first.items.map(({ id }) => id),
        ["r0", "r3"],
      );
      assert.deepEqual(await ids({ owner: "ann", limit: 2, after: first.next as string }), ["r5"]);
    },
  },
  {
    title: "list filters by lists of owners and models, and by several selections, in full pages",
    cites: ["list.selected"],
    async run({ store }) {
      const owners = ["ann", "bob", undefined, "ann", "bob", "ann"];
      for (const [i, owner] of owners.entries()) {
        await store.create(newRun(`r${i}`, { model: i < 3 ? "m" : "n'\"", ...(owner !== undefined && { owner }) }));
      }
      await store.claim("r3");
      const selected: readonly (readonly [filter: Parameters<typeof store.list>[0], ids: readonly string[]])[] = [
        [{ owner: ["bob", "ann", "bob"] }, ["r0", "r1", "r3", "r4", "r5"]],
        [{ owner: ["bob", "eve"], model: ["m", "n'\""], newestFirst: true }, ["r4", "r1"]],
        [{ model: ["n'\""], state: "queued" }, ["r4", "r5"]],
        [{ owner: [] }, []],
        [{ model: [], owner: "ann" }, []],
        [{ anyOf: [] }, []],
        [{ anyOf: [{}] }, ["r0", "r1", "r2", "r3", "r4", "r5"]],
        [{ anyOf: [{ owner: "ann", model: "n'\"" }, { owner: ["bob"] }] }, ["r1", "r3", "r4", "r5"]],
        [{ anyOf: [{ model: "m" }, { owner: "ann" }], owner: ["ann", "bob"], state: "queued" }, ["r0", "r1", "r5"]],
        [{ anyOf: [{ owner: [] }, { model: "m", owner: "eve" }] }, []],
      ];
      for (const [filter, ids] of selected) {
        const found: string[] = [];
        let after: string | null | undefined;
        do {
          const page = await store.list({ ...filter, limit: 2, ...(after && { after }) });
          found.push(...page.items.map(({ id }) => id));
          after = page.next;
          assert.equal(page.items.length, Math.min(2, ids.length - found.length + page.items.length), "full pages");
        } while (after !== null);
        assert.deepEqual(found, ids, JSON.stringify(filter));
      }
    },
  },
  {
    title: "pages contain each run once, while others are created and removed",
    cites: ["list.page", "list.cursor"],
    async run({ store }) {
      const names = Array.from({ length: 9 }, (_, i) => `r${i}`);
      for (const id of names) await running(store, id);
      for (const newestFirst of [false, true]) {
        const seen: string[] = [];
        for (let after: string | null | undefined; after !== null; ) {
          const page = await store.list({ limit: 2, newestFirst, model: "m", ...(after !== undefined && { after }) });
          seen.push(...page.items.map(({ id }) => id));
          const last = seen.at(-1) as string;
          if (after === undefined) await store.create(newRun(`new-${newestFirst}`, { model: "other" }));
          // Removes the run at the cursor.
          if (newestFirst && last === "r7") {
            await store.append(last, succeeded, { attempt: 1, appendNumber: 1 });
            await store.remove(last);
          }
          after = page.next;
        }
        assert.deepEqual(seen, newestFirst ? names.toReversed() : names);
      }
      for (const limit of [4, 8]) assert.equal((await store.list({ limit, model: "m" })).items.length, limit);
      assert.equal((await store.list({ limit: 8, model: "m" })).next, null, "a full page can be the last one");
      for (const after of ["x", "", "-1", "1.5"]) await rejection(store.list({ after }), "invalid_args");
    },
  },
  {
    title: "runs are listed by the last value of a metric of any name",
    cites: ["list.metric"],
    async run({ store }) {
      const names = [
        "loss",
        "a.b",
        "$",
        "$.x",
        'say "x"',
        "it's",
        "a\\b",
        "[0]",
        "π 𝄞",
        " ",
        "__proto__",
        "x".repeat(256),
      ];
      const values: readonly MetricValue[] = [3, 1.5, "NaN", -2, "Infinity", "-Infinity", 1e300, 1.5];
      for (const [i, value] of values.entries()) {
        await running(store, `r${i}`);
        const metrics = Object.fromEntries(names.map((name) => [name, value]));
        for (const reported of [Object.fromEntries(names.map((name) => [name, 7])), metrics])
          await store.append(`r${i}`, [{ fact: { type: "progress", metrics: reported } }], { attempt: 1 });
      }
      await running(store, "none");
      await store.create(newRun("queued"));
      for (const orderByMetric of names) {
        const ids = async (filter: Parameters<typeof store.list>[0]) =>
          (await store.list({ orderByMetric, ...filter })).items.map(({ id }) => id);
        assert.deepEqual(
          await ids({}),
          ["r5", "r3", "r1", "r7", "r0", "r6", "r4", "r2", "none", "queued"],
          orderByMetric,
        );
        assert.deepEqual(
          await ids({ descending: true, newestFirst: true }),
          ["r4", "r6", "r0", "r7", "r1", "r3", "r5", "queued", "none", "r2"],
          orderByMetric,
        );
        assert.deepEqual(await ids({ state: "queued" }), ["queued"]);
      }
    },
  },
  {
    title: "pages in the order of a metric have each run once, while others are created, removed and change",
    cites: ["list.metric-page", "list.cursor"],
    async run({ store }) {
      const report = (id: string, loss: number) =>
        store.append(id, [{ fact: { type: "progress", metrics: { loss } } }], { attempt: 1 });
      for (const [round, descending] of [false, true].entries()) {
        const stay = Array.from({ length: 9 }, (_, i) => `r${round}-${i}`);
        for (const [i, id] of stay.entries()) {
          await running(store, id);
          if (i < 6) await report(id, i % 3);
        }
        await running(store, `moving${round}`);
        await running(store, `gone${round}`);
        await report(`gone${round}`, 1);
        const seen: string[] = [];
        for (let after: string | null | undefined; after !== null; ) {
          const order = { orderByMetric: "loss", descending, limit: 2 };
          const page = await store.list({ ...order, ...(after !== undefined && { after }) });
          seen.push(...page.items.map(({ id }) => id));
          await report(`moving${round}`, seen.length % 4);
          await store.create(newRun(`new${round}-${seen.length}`));
          if (after === undefined) {
            await store.append(`gone${round}`, succeeded, { attempt: 1 });
            await store.remove(`gone${round}`);
          }
          after = page.next;
        }
        assert.deepEqual(seen.filter((id) => stay.includes(id)).sort(), stay);
        const { next } = await store.list({ orderByMetric: "loss", descending, limit: 1 });
        const cursor = next as string;
        await rejection(store.list({ after: cursor }), "invalid_args");
        await rejection(store.list({ after: cursor, orderByMetric: "loss", descending: !descending }), "invalid_args");
        await rejection(store.list({ after: cursor, orderByMetric: "acc", descending }), "invalid_args");
        await rejection(store.list({ after: "1", orderByMetric: "loss" }), "invalid_args");
      }
    },
  },
  {
    title: "subscribers are woken after each append, claim and removal, until they unsubscribe",
    cites: ["wake.append", "wake.end"],
    async run({ store }) {
      await store.create(newRun("r"));
      await store.create(newRun("other"));
      let wakes = 0;
      let woken = Promise.withResolvers<void>();
      const end = store.subscribe("r", () => {
        wakes++;
        woken.resolve();
      });
      const unsubscribe = store.subscribe("r", () => assert.fail("an ended subscription was woken"));
      unsubscribe();
      unsubscribe();
      const next = async (work: () => Promise<unknown>) => {
        woken = Promise.withResolvers();
        await work();
        await woken.promise;
      };
      await next(() => store.claim("r"));
      await next(() => store.append("r", line("a"), { attempt: 1, appendNumber: 1 }));
      await next(() => store.append("r", succeeded, { attempt: 1, appendNumber: 2 }));
      await next(() => store.remove("r"));
      end();
      const before = wakes;
      await store.create(newRun("r"));
      await store.claim("r");
      assert.equal(wakes, before);
    },
  },
];
