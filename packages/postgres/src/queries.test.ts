// What watching costs.
import { watchRun } from "@deepaas/core/ports";
import { Client } from "pg";
import { expect, vi } from "vitest";
import { line, newSchema, openNodes, startRun, test } from "./testing/postgres-test.ts";

/** Without those of the checks, which do not depend on the number of watchers or events. */
const isOfWatchers = (sql: unknown) =>
  typeof sql === "string" && /^SELECT (id|number|record)\b/.test(sql) && !sql.includes("ANY(");

test("500 watchers of a run on another node cost at most two queries for each event, and share the events", async () => {
  const [a, b] = await openNodes({ schema: newSchema() });
  await startRun(a, "r");
  const watches = Array.from({ length: 500 }, () => watchRun(b, "r"));
  const next = () => Promise.all(watches.map(async (watch) => (await watch.next()).value));
  for (let seq = 1; seq <= 2; seq++) await next();
  const queries = vi.spyOn(Client.prototype, "query");
  const events = 10;
  for (let n = 1; n <= events; n++) {
    const waiting = next();
    await a.append("r", line(`${n}`), { attempt: 1, appendNumber: n });
    const [first, ...others] = await waiting;
    expect(first).toMatchObject({ type: "log", text: `${n}` });
    expect(others.every((event) => event === first)).toBe(true);
  }
  const ofWatchers = queries.mock.calls.filter(([sql]) => isOfWatchers(sql));
  queries.mockRestore();
  expect(ofWatchers.length).toBeGreaterThanOrEqual(events);
  // At the start all of them read the end of the log, and the run.
  expect(ofWatchers.length).toBeLessThanOrEqual(2 * events + 2);
  for (const watch of watches) void watch.return(undefined);
});

test("a watcher on the node that writes reads no log", async () => {
  const [a] = await openNodes({ schema: newSchema() });
  await startRun(a, "r");
  const watch = watchRun(a, "r");
  for (let seq = 1; seq <= 2; seq++) await watch.next();
  const queries = vi.spyOn(Client.prototype, "query");
  for (let n = 1; n <= 5; n++) {
    const waiting = watch.next();
    await a.append("r", line(`${n}`), { attempt: 1, appendNumber: n });
    expect((await waiting).value).toMatchObject({ text: `${n}` });
  }
  const ofLog = queries.mock.calls.filter(([sql]) => isOfWatchers(sql) && String(sql).includes(".log"));
  queries.mockRestore();
  // The first read finds the end of the log.
  expect(ofLog.length).toBeLessThanOrEqual(1);
  void watch.return(undefined);
});
