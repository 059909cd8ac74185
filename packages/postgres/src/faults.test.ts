// PostgreSQL restarts, is out of reach, or ends connections, while runs report, are watched and are cancelled.
import { checkLog } from "@deepaas/conformance";
import { startPostgres } from "@deepaas/conformance/servers";
import { createHost, silentLogger, type TrainContext } from "@deepaas/core";
import { expect, onTestFinished, vi } from "vitest";
import { postgresStore } from "./postgres-store.ts";
import { numbers, report, texts, untilAnswered, watchAll } from "./testing/follow.ts";
import {
  connect,
  fact,
  line,
  newRun,
  newSchema,
  openNodes,
  openStore,
  serverUrl,
  startRun,
  stopping,
  succeeded,
  test,
} from "./testing/postgres-test.ts";
import { proxyTo } from "./testing/proxy.ts";

const lines = 40;

test("a training reports, is watched and ends while PostgreSQL crashes twice", async () => {
  await using server = await startPostgres();
  await using host = await createHost({
    models: {
      m: {
        async train(_args: object, { report: tell, checkpoint }: TrainContext) {
          for (let step = 1; step <= lines; step++) {
            if (step === 10 || step === 25) {
              await server.stop();
              setTimeout(() => void server.start(), 100);
            }
            tell({ step });
            await checkpoint({ step });
          }
        },
      },
    },
    store: postgresStore({ url: server.url, patienceMs: 60_000 }),
    logger: silentLogger,
  });
  const { id } = await host.train("m", {});
  const events = [];
  for await (const event of host.watch(id)) events.push(event);
  checkLog(events);
  const steps = events.flatMap((event) => (event.type === "checkpoint" ? event.step : []));
  expect(steps).toEqual(Array.from({ length: lines }, (_, i) => i + 1));
  expect(events.map(({ type }) => type)).not.toContain("lost");
  expect((await host.run(id)).state).toBe("succeeded");
});

test("what was shown is there after a crash, and nothing twice: reports and a cancel of two nodes", async () => {
  await using server = await startPostgres();
  const schema = newSchema();
  const [a, b] = await openNodes({ url: server.url, schema, patienceMs: 20_000 });
  await startRun(a, "r");
  const watched = watchAll(b, "r");
  let restarts: Promise<void> = Promise.resolve();
  let cancelled: Promise<"kept" | "stale"> | undefined;
  await report(a, "r", {
    lines,
    each: (n) => {
      if (n % 15 === 0) restarts = server.stop().then(() => server.start());
      if (n === 16) cancelled = untilAnswered(() => b.append("r", stopping, { attempt: 1 }));
    },
  });
  await restarts;
  // An append without a number that is repeated may find itself kept.
  await cancelled;
  await untilAnswered(() => a.append("r", fact({ type: "cancelled" }), { attempt: 1, appendNumber: lines + 1 }));
  const events = await watched;
  checkLog(events);
  expect(texts(events)).toEqual(numbers(lines));
  expect(events.filter(({ type }) => type === "stopping")).toHaveLength(1);
  expect(await b.read("r", 0, 1_000)).toEqual(events);
  for (const node of [a, b]) await node.close();
});

test("connections that the server ends do no harm", async () => {
  const schema = newSchema();
  const [a, b] = await openNodes({ schema });
  const client = await connect();
  await startRun(a, "r");
  const watched = watchAll(b, "r");
  await report(a, "r", {
    lines,
    each: async (n) => {
      if (n % 5 > 0) return;
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'deepaas%' AND pid <> pg_backend_pid()",
      );
    },
  });
  await untilAnswered(() => a.append("r", succeeded, { attempt: 1, appendNumber: lines + 1 }));
  const events = await watched;
  checkLog(events);
  expect(texts(events)).toEqual(numbers(lines));
  // It listens again.
  const woken = vi.fn();
  await startRun(a, "next");
  b.subscribe("next", woken);
  await a.append("next", line("x"), { attempt: 1, appendNumber: 1 });
  await expect.poll(() => woken.mock.calls.length).toBeGreaterThan(0);
});

test("a connection that ends in the middle of a transaction fails it, and not the process", async () => {
  const schema = newSchema();
  const store = await openStore({ schema });
  await store.create(newRun("r"));
  const [client, operator] = [await connect(), await connect()];
  await client.query(`BEGIN; SELECT 1 FROM ${schema}.runs FOR UPDATE`);
  const claim = expect(store.claim("r")).rejects.toMatchObject({ code: "unavailable" });
  const waiting = "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
  await expect
    .poll(
      async () =>
        (await operator.query(`SELECT pg_terminate_backend(pid) ${waiting}`, [`%${schema}%FOR UPDATE%`])).rowCount,
    )
    .toBe(1);
  await claim;
  await client.query("ROLLBACK");
  expect((await store.claim("r"))?.run.attempt).toBe(1);
});

test("a node that freezes in the middle of a transaction does not keep its locks", async () => {
  const schema = newSchema();
  const network = await proxyTo(serverUrl());
  const options = { schema, holder: { shared: true } };
  const b = await openStore({ ...options, holder: { shared: true, id: "b" } });
  const frozen = await openStore({ ...options, url: network.url, holder: { shared: true, id: "frozen" } });
  await b.create(newRun("r"));
  // Within a transaction PostgreSQL shows the queries of others as they were at the first look: the operator has none.
  const [client, operator] = [await connect(), await connect()];
  await client.query(`BEGIN; SELECT 1 FROM ${schema}.runs FOR UPDATE`);
  const claim = frozen.claim("r").catch(() => undefined);
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
  await expect.poll(async () => (await operator.query(waiting, [`%${schema}%FOR UPDATE%`])).rowCount).toBe(1);
  network.silence();
  // Now the frozen node has the lock of the run, and that which a node needs to start.
  await client.query("ROLLBACK");
  await openStore({ ...options, holder: { shared: true, id: "c" } });
  expect((await b.claim("r"))?.run.attempt).toBe(1);
  network.restore();
  await claim;
  expect((await b.get("r"))?.attempt).toBe(1);
});

test("out of reach, writes are unavailable at once and reads wait; the status says so until it is back", async () => {
  const network = await proxyTo(serverUrl());
  const store = await openStore({ url: network.url, patienceMs: 60_000 });
  await startRun(store, "r");
  expect(store.problem?.()).toBeUndefined();
  network.cut();
  await expect(store.append("r", line("a"), { attempt: 1, appendNumber: 1 })).rejects.toMatchObject({
    code: "unavailable",
    message: "The database cannot be used: it is out of reach.",
  });
  await expect(store.claim("other")).rejects.toMatchObject({ code: "unavailable" });
  expect(store.problem?.()).toBe("its database is out of reach");
  const waiting = Promise.all([store.get("r"), store.read("r", 0, 10), store.list({})]);
  const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, "waits"))]);
  expect(early).toBe("waits");
  network.restore();
  const [run, events, { items }] = await waiting;
  expect([run?.state, events.length, items.length]).toEqual(["running", 2, 1]);
  // Nobody knows whether the append was kept; with its number it is kept once.
  for (let i = 0; i < 2; i++) expect(await store.append("r", line("a"), { attempt: 1, appendNumber: 1 })).toBe("kept");
  expect(texts(await store.read("r", 0, 10))).toEqual(["a"]);
  expect(store.problem?.()).toBeUndefined();
});

test("a status without calls says that the database is back", async () => {
  const network = await proxyTo(serverUrl());
  const store = await openStore({ url: network.url });
  network.cut();
  await expect(store.claim("r")).rejects.toMatchObject({ code: "unavailable" });
  network.restore();
  await expect.poll(() => store.problem?.()).toBeUndefined();
});

test("after its patience a read is unavailable; a network that swallows everything delays, and loses nothing", async () => {
  const network = await proxyTo(serverUrl());
  const store = await openStore({ url: network.url, patienceMs: 50 });
  await startRun(store, "r");
  network.silence();
  const append = store.append("r", line("a"), { attempt: 1, appendNumber: 1 });
  const next = store.append("r", line("b"), { attempt: 1, appendNumber: 2 });
  network.restore();
  expect(await Promise.all([append, next])).toEqual(["kept", "kept"]);
  network.cut();
  await expect(store.get("r")).rejects.toMatchObject({ code: "unavailable" });
  network.restore();
  expect(texts(await untilAnswered(() => store.read("r", 0, 10)))).toEqual(["a", "b"]);
});

test.each(["cut", "silence"] as const)("a store closes while its network is gone: %s", async (fault) => {
  const network = await proxyTo(serverUrl());
  const store = postgresStore({ url: network.url, schema: newSchema(), patienceMs: 60_000 });
  onTestFinished(() => store.close());
  await store.open({ id: "x" });
  network[fault]();
  const reading = store.get("r").catch((error: unknown) => error);
  await store.close();
  network.restore();
  expect(await reading).not.toMatchObject({ code: "internal" });
});
