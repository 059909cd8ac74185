// Two nodes that share a store.
import { checkLog } from "@deepaas/conformance";
import { watchRun } from "@deepaas/core/ports";
import { describe, expect, vi } from "vitest";
import { numbers, report, texts, watchAll } from "./testing/follow.ts";
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

test("a watcher on another node gets every event once, in order, and ends", async () => {
  const [a, b] = await openNodes();
  await startRun(a, "r");
  const watched = watchAll(b, "r");
  await report(a, "r", { lines: 50 });
  await a.append("r", succeeded, { attempt: 1, appendNumber: 51 });
  const events = await watched;
  checkLog(events);
  expect(texts(events)).toEqual(numbers(50));
});

test("every change of a log is told to the other nodes", async () => {
  const schema = newSchema();
  const [a] = await openNodes({ schema });
  const client = await connect();
  const told: string[] = [];
  client.on("notification", ({ payload = "" }) => told.push(...JSON.parse(payload).runs));
  await client.query(`LISTEN deepaas_${schema}`);
  const changes = [
    () => a.create(newRun("r")),
    () => a.claim("r"),
    () => a.append("r", line("x"), { attempt: 1, appendNumber: 1 }),
    () => a.append("r", succeeded, { attempt: 1, appendNumber: 2 }),
    () => a.remove("r"),
  ];
  for (const [i, change] of changes.entries()) {
    await change();
    await expect.poll(() => told).toEqual(Array(i + 1).fill("r"));
  }
});

test("a node that is told wakes its watchers", async () => {
  const schema = newSchema();
  const [a] = await openNodes({ schema });
  await startRun(a, "r");
  const woken = vi.fn();
  a.subscribe("r", woken);
  // Known from now on: a check finds nothing new.
  await a.read("r", 0, 10);
  const client = await connect();
  await client.query("SELECT pg_notify($1, $2)", [`deepaas_${schema}`, '{"from":"c","runs":["other","r"]}']);
  await expect.poll(() => woken.mock.calls.length).toBe(1);
});

test("an event whose notification was lost reaches the watchers of other nodes", async () => {
  const schema = newSchema();
  const [, b] = await openNodes({ schema });
  const network = await proxyTo(serverUrl());
  const dying = await openStore({ schema, listenUrl: network.url, holder: { id: "c", shared: true } });
  await startRun(dying, "r");
  const first = watchRun(b, "r");
  for (let seq = 1; seq <= 2; seq++) expect((await first.next()).value).toMatchObject({ seq });
  const next = first.next();
  // From now on it commits, and tells nobody.
  network.silence();
  await dying.append("r", line("committed"), { attempt: 1, appendNumber: 1 });
  expect((await next).value).toMatchObject({ seq: 3, text: "committed" });
  await first.return(undefined);
});

test("of claims on both nodes at once, one succeeds", async () => {
  const [a, b] = await openNodes();
  for (let i = 0; i < 10; i++) {
    await a.create(newRun(`r${i}`));
    const claims = await Promise.all([a, b, a, b].map((node) => node.claim(`r${i}`)));
    expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  }
});

test("a cancel from another node lies between the reports; of two at once, one is kept", async () => {
  const [a, b] = await openNodes();
  await startRun(a, "r");
  let cancels: Promise<readonly string[]> | undefined;
  await report(a, "r", {
    lines: 30,
    each: (n) => {
      if (n === 10) cancels = Promise.all([a, b].map((node) => node.append("r", stopping, { attempt: 1 })));
    },
  });
  expect((await cancels)?.toSorted()).toEqual(["kept", "stale"]);
  expect(await a.append("r", fact({ type: "cancelled" }), { attempt: 1, appendNumber: 31 })).toBe("kept");
  const events = await b.read("r", 0, 100);
  checkLog(events);
  expect(texts(events)).toEqual(numbers(30));
  expect(events.map(({ type }) => type)).toContain("stopping");
  expect((await b.get("r"))?.state).toBe("cancelled");
});

test("after another node has ended an attempt, what the old one reports is stale", async () => {
  const [a, b] = await openNodes();
  await startRun(a, "r");
  await a.append("r", line("old"), { attempt: 1, appendNumber: 1 });
  const lost = fact({ type: "lost", reason: "The node died." });
  expect(await b.append("r", lost, { attempt: 1 })).toBe("kept");
  expect(await a.append("r", line("late"), { attempt: 1, appendNumber: 2 })).toBe("stale");
  expect((await b.claim("r"))?.run.attempt).toBe(2);
  expect(await a.append("r", line("late"), { attempt: 1, appendNumber: 2 })).toBe("stale");
  expect(await b.append("r", line("new"), { attempt: 2, appendNumber: 1 })).toBe("kept");
  expect(texts(await a.read("r", 0, 100))).toEqual(["old", "new"]);
});

test("a page that is read while both nodes create runs misses none", async () => {
  const [a, b] = await openNodes();
  const create = async (node: typeof a, name: string) => {
    for (let i = 0; i < 40; i++) await node.create(newRun(`${name}${i}`));
  };
  let creating = true;
  const created = Promise.all([create(a, "a"), create(b, "b"), create(a, "c"), create(b, "d")]).then(() => {
    creating = false;
  });
  const listed: string[] = [];
  let after: string | undefined;
  for (;;) {
    const isLast = !creating;
    const { items, next } = await a.list({ limit: 7, ...(after !== undefined && { after }) });
    // A page that is not full is read again.
    if (next !== null) {
      listed.push(...items.map(({ id }) => id));
      after = next;
    } else if (isLast) {
      listed.push(...items.map(({ id }) => id));
      break;
    }
  }
  await created;
  expect(listed).toHaveLength(160);
  expect(new Set(listed).size).toBe(160);
});

describe("a node that starts again", () => {
  test("ends what a node of its name held, and nothing of the others", async () => {
    const schema = newSchema();
    const [a, b] = await openNodes({ schema, holder: { inline: true } });
    await startRun(a, "of a");
    await startRun(b, "of b");
    const again = await openStore({ schema, holder: { id: "a", shared: true } });
    expect((await b.get("of a"))?.state).toBe("lost");
    expect((await b.get("of b"))?.state).toBe("running");
    expect(await b.append("of b", line("goes on"), { attempt: 1, appendNumber: 1 })).toBe("kept");
    expect(await a.append("of a", line("late"), { attempt: 1, appendNumber: 1 })).toBe("stale");
    // The one that was replaced writes nothing more.
    await expect(a.create(newRun("late"))).rejects.toMatchObject({ code: "unavailable" });
    expect(await a.claim("of a")).toBeUndefined();
    expect((await again.list({ state: ["queued", "lost"] })).items.map(({ id }) => id)).toEqual(["of a"]);
    expect((await again.claim("of a"))?.lostInARow).toBe(1);
  });

  test("tells the node that it replaces, also if that one writes nothing, and no other", async () => {
    const schema = newSchema();
    const [replaced, other] = [vi.fn(), vi.fn()];
    const a = await openStore({ schema, holder: { id: "a", shared: true, replaced } });
    const b = await openStore({ schema, holder: { id: "b", shared: true, replaced: other } });
    await openStore({ schema, holder: { id: "a", shared: true } });
    await expect
      .poll(() => a.problem?.())
      .toBe("another server has taken its place: a node with its name, or one that does not share the database");
    await expect(a.create(newRun("late"))).rejects.toMatchObject({ code: "unavailable" });
    expect(replaced).toHaveBeenCalledOnce();
    await b.create(newRun("r"));
    expect([other.mock.calls.length, b.problem?.()]).toEqual([0, undefined]);
  });

  test("without sharing replaces all others", async () => {
    const schema = newSchema();
    const [a, b] = await openNodes({ schema });
    await startRun(a, "of a");
    await startRun(b, "of b");
    const alone = await openStore({ schema });
    for (const [node, id] of [
      [a, "of a"],
      [b, "of b"],
    ] as const) {
      expect((await alone.get(id))?.state).toBe("lost");
      expect(await node.append(id, line("late"), { attempt: 1, appendNumber: 1 })).toBe("stale");
    }
  });
});

test("another node hears that another version is served", async () => {
  const [a, b] = await openNodes();
  const blob = { id: "w", size: 1, contentType: "x/y" };
  await a.addVersion({ model: "m", metrics: {}, blob });
  const woken = vi.fn();
  b.subscribeServed(woken);
  await a.serveVersion("m", { to: 1, revision: 0, by: "ann", reason: "better" });
  await expect.poll(() => woken.mock.calls).toContainEqual(["m"]);
  expect((await b.versions("m")).served).toBe(1);
});

describe("lead", () => {
  test("calls one at a time, and the next one after it", async () => {
    const [a, b] = await openNodes();
    const done: string[] = [];
    const first = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const leading = a.lead?.("sweep", async () => {
      begun.resolve();
      await first.promise;
      done.push("a");
    });
    await begun.promise;
    for (const node of [a, b]) expect(await node.lead?.("sweep", async () => void done.push("never"))).toBe(false);
    expect(await b.lead?.("retain", async () => void done.push("other"))).toBe(true);
    first.resolve();
    expect(await leading).toBe(true);
    expect(await b.lead?.("sweep", async () => void done.push("b"))).toBe(true);
    expect(done).toEqual(["other", "a", "b"]);
  });

  test("is given up by work that fails", async () => {
    const [a, b] = await openNodes();
    await expect(a.lead?.("sweep", () => Promise.reject(new Error("It fails.")))).rejects.toThrow("It fails.");
    expect(await b.lead?.("sweep", async () => {})).toBe(true);
  });

  test("is not held for ever by a node that died: until its time has passed, or it starts again", async () => {
    const schema = newSchema();
    const [a, b] = await openNodes({ schema });
    const never = new Promise<void>(() => {});
    const held = (name: string) => {
      const begun = Promise.withResolvers<void>();
      a.lead?.(name, () => {
        begun.resolve();
        return never;
      }).catch(() => {});
      return begun.promise;
    };
    await held("sweep");
    await held("retain");
    expect(await b.lead?.("sweep", async () => {})).toBe(false);
    const client = await connect();
    await client.query(`UPDATE ${schema}.leases SET expires_at = now() - interval '1 second' WHERE name = 'sweep'`);
    expect(await b.lead?.("sweep", async () => {})).toBe(true);
    expect(await b.lead?.("retain", async () => {})).toBe(false);
    await openStore({ schema, holder: { id: "a", shared: true } });
    expect(await b.lead?.("retain", async () => {})).toBe(true);
  });
});
