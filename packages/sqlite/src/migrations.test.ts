// Files of earlier versions.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openDatabase } from "./database.ts";
import { migrations } from "./migrations.ts";
import { sqliteStore } from "./sqlite-store.ts";

const folder = mkdtempSync(join(tmpdir(), "deepaas-migrations-"));
afterAll(() => rmSync(folder, { recursive: true }));

const blob = (id: string) => ({ id, size: 3, contentType: "x/y", sha256: `hash of ${id}` });

/** A file as it was before weights had versions: a run of `m` has published, one of `gone` did, and was removed. */
function oldFile(): string {
  const path = join(folder, "runs.db");
  const db = openDatabase(path, migrations.slice(0, 1));
  const record = {
    id: "r",
    model: "m",
    owner: "ann",
    state: "succeeded",
    attempt: 1,
    progress: { metrics: { acc: 0.5 } },
  };
  const times = { createdAt: "2026-01-01T00:00:00.000Z", endedAt: "2026-01-02T00:00:00.000Z" };
  db.prepare(
    `INSERT INTO runs (number, id, model, owner, fingerprint, state, created_at, ended_at, ended_no, last_at, record)
     VALUES (1, 'r', 'm', 'ann', 'f', 'succeeded', ?, ?, 1, ?, ?)`,
  ).run(
    times.createdAt,
    times.endedAt,
    times.endedAt,
    JSON.stringify({ ...record, ...times, firstSeq: 1, lastSeq: 1, artifacts: [] }),
  );
  db.exec("INSERT INTO args (run, args, files) VALUES (1, '{}', '{}')");
  const ref = (id: string) => JSON.stringify(blob(id));
  db.prepare("INSERT INTO blobs (run, place, id, ref) VALUES (1, 'published', 'w', ?)").run(ref("w"));
  db.prepare("INSERT INTO blobs (run, place, id, ref) VALUES (1, 'artifact/a', 'a', ?)").run(ref("a"));
  db.prepare("INSERT INTO published (model, id, ref) VALUES ('m', 'w', ?), ('gone', 'g', ?)").run(ref("w"), ref("g"));
  db.close();
  return path;
}

test("what was served becomes version 1, also without its run, and the file outlives the run", async () => {
  const freed: string[] = [];
  const store = sqliteStore({ path: oldFile() });
  await store.open({ id: "holder", free: ({ id }) => freed.push(id) });
  const reason = "served before versions were kept";
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
  expect(await store.versions("m")).toEqual({
    served: 1,
    revision: 1,
    versions: [
      {
        number: 1,
        runId: "r",
        owner: "ann",
        createdAt: "2026-01-02T00:00:00.000Z",
        metrics: { acc: 0.5 },
        sha256: "hash of w",
        blob: blob("w"),
      },
    ],
    history: [{ at, from: 0, to: 1, reason }],
  });
  expect(await store.versions("gone")).toMatchObject({
    served: 1,
    versions: [{ number: 1, metrics: {}, createdAt: at, blob: blob("g") }],
  });
  expect(await store.versions("other")).toMatchObject({ served: 0, versions: [] });
  expect(await store.addVersion({ model: "m", metrics: {}, blob: blob("x") })).toMatchObject({ number: 2 });
  await store.remove("r");
  expect([freed, await store.isKept("w")]).toEqual([["a"], true]);
  await store.close();
});

test("a run of a file without the times of states is in its state since its last event", async () => {
  const path = join(folder, "without-times.db");
  const db = openDatabase(path, migrations.slice(0, 2));
  const [createdAt, lastAt] = ["2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"];
  const add = db.prepare(
    "INSERT INTO runs (id, model, fingerprint, state, created_at, last_at, record) VALUES (?, 'm', 'f', ?, ?, ?, '')",
  );
  add.run("q", "queued", createdAt, lastAt);
  add.run("l", "lost", createdAt, lastAt);
  db.close();
  const store = sqliteStore({ path, readOnly: false });
  await store.open({ id: "holder" });
  expect((await store.stats?.())?.runs).toEqual([
    { model: "m", state: "lost", count: 1, since: lastAt, lastEventAt: lastAt },
    { model: "m", state: "queued", count: 1, since: createdAt, lastEventAt: lastAt },
  ]);
  await store.close();
});

test("the runs are counted from the index alone", async () => {
  const db = openDatabase(join(folder, "plan.db"));
  const plan = db
    .prepare("EXPLAIN QUERY PLAN SELECT model, state, count(*), min(state_at) FROM runs GROUP BY model, state")
    .all();
  expect(plan.map(({ detail }) => detail)).toEqual(["SCAN runs USING COVERING INDEX runs_counted"]);
  db.close();
});
