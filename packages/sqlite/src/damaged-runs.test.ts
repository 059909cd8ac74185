// A run that cannot be read costs itself alone.

import type { DatabaseSync } from "node:sqlite";
import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";
import { line, newRun, openStore, startRun, succeeded } from "./testing/store-folder.ts";

const damages: readonly [string, string][] = [
  ["its record is no JSON", "UPDATE runs SET record = '{\"id\":' WHERE id = 'hurt'"],
  ["its record is that of nothing", "UPDATE runs SET record = 'null' WHERE id = 'hurt'"],
  ["its arguments are no JSON", "UPDATE args SET args = '{' WHERE run = (SELECT number FROM runs WHERE id = 'hurt')"],
  ["its arguments are gone", "DELETE FROM args WHERE run = (SELECT number FROM runs WHERE id = 'hurt')"],
];
const rowOf = (db: DatabaseSync) => db.prepare("SELECT * FROM runs WHERE id = 'hurt'").all();

test.each(damages)("a run that was left and is damaged does not keep the store from opening: %s", async (_, sql) => {
  const { store, db, path } = await openStore();
  for (const id of ["before", "hurt", "after"]) await startRun(store, id);
  await store.create(newRun("queued"));
  db.exec(sql);
  const before = rowOf(db);
  await store.close();
  const next = await openStore({ path });
  expect(rowOf(next.db), "it is left as it is").toEqual(before);
  for (const write of [
    next.store.get("hurt"),
    next.store.read("hurt", 0, 10),
    next.store.claim("hurt"),
    next.store.append("hurt", line("x"), { attempt: 1, appendNumber: 1 }),
    next.store.append("hurt", line("x")),
    next.store.create(newRun("hurt")),
  ]) {
    await expect(write).rejects.toMatchObject({ code: "internal", message: "The record of run hurt is damaged." });
  }
  expect((await next.store.list({})).items.map(({ id, state }) => [id, state])).toEqual([
    ["before", "lost"],
    ["after", "lost"],
    ["queued", "queued"],
  ]);
  await next.store.close();
  const last = (await openStore({ path })).store;
  await using host = await createHost({ models: { m: { train: async () => null } }, store: last });
  await expect.poll(async () => (await host.run("after")).state).toBe("succeeded");
});

test.each(damages)("pages go on behind a run that is damaged: %s", async (_, sql) => {
  const { store, db, path } = await openStore();
  for (const id of ["a", "hurt", "b", "c"]) await store.create(newRun(id));
  for (const [id, loss] of [
    ["hurt", 2],
    ["b", 1],
    ["c", 3],
  ] as const)
    await store.append(id, [{ fact: { type: "progress", metrics: { loss } } }]);
  db.exec(sql);
  await store.close();
  const next = (await openStore({ path })).store;
  for (const newestFirst of [false, true]) {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await next.list({ limit: 1, newestFirst, ...(after !== undefined && { after }) });
      seen.push(...page.items.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual(newestFirst ? ["c", "b", "a"] : ["a", "b", "c"]);
  }
  for (const descending of [false, true]) {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await next.list({
        ...{ limit: 1, orderByMetric: "loss", descending },
        ...(after !== undefined && { after }),
      });
      seen.push(...page.items.map(({ id }) => id));
      after = page.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toEqual(descending ? ["c", "b", "a"] : ["b", "c", "a"]);
  }
});

test.each(damages)("an ended run that is damaged can be removed, by hand and by the limits: %s", async (_, sql) => {
  for (const how of ["remove", "retain"] as const) {
    const { store, db, path } = await openStore();
    for (const id of ["hurt", "a", "b"]) {
      await startRun(store, id);
      await store.append(id, succeeded, { attempt: 1, appendNumber: 1 });
    }
    db.exec(sql);
    await store.close();
    const next = await openStore({ path });
    if (how === "remove") await next.store.remove("hurt");
    else await next.store.retain({ keepRuns: 1 });
    expect(rowOf(next.db)).toEqual([]);
    expect(await next.store.get("hurt")).toBeUndefined();
    expect((await next.store.list({})).items.map(({ id }) => id)).toEqual(how === "remove" ? ["a", "b"] : ["b"]);
    await next.store.create(newRun("hurt"));
  }
});

test("a damaged run that has not ended is not removed", async () => {
  const { store, db, path } = await openStore();
  await startRun(store, "hurt");
  db.exec("UPDATE runs SET record = '' WHERE id = 'hurt'");
  await store.close();
  const next = (await openStore({ path })).store;
  await expect(next.remove("hurt")).rejects.toMatchObject({ code: "failed_precondition" });
});

test("what cannot be removed ends the round, and the rest goes", async () => {
  const { store, db } = await openStore();
  for (const id of ["hurt", "a", "b"]) {
    await startRun(store, id);
    await store.append(id, succeeded, { attempt: 1, appendNumber: 1 });
  }
  const blob = { id: "x", size: 1, contentType: "x/y" };
  db.prepare("INSERT INTO blobs SELECT number, 'published', 'x', ?, NULL FROM runs WHERE id = 'hurt'").run(
    JSON.stringify(blob).slice(1),
  );
  await store.retain({ keepRuns: 1 });
  expect((await store.list({})).items.map(({ id }) => id)).toEqual(["hurt", "b"]);
});
