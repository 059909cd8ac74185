// `deepaas copy`: from the data directory of one server to the store and the files of several nodes.
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { connectRest } from "@deepaas/client";
import { type PostgresServer, postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import { modelFile } from "@deepaas/core";
import type { RunPlaces } from "@deepaas/core/ports";
import { postgresStore } from "@deepaas/postgres";
import { directoryBlobs, sqliteStore } from "@deepaas/sqlite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runDeepaas, serveDeepaas, startDeepaas } from "./support/deepaas.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";

// Several commands start one after the other, and the machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

const secretKey = randomBytes(32).toString("base64");

function placesIn(folder: string): RunPlaces {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    store: sqliteStore({ path: join(folder, "runs.db") }),
    blobs: directoryBlobs({ path: join(folder, "blobs") }),
  };
}

interface Filling {
  readonly runs?: number;
  /** Of each run. */
  readonly events?: number;
  readonly fileBytes?: number;
}

/** A data directory `data` with runs `r0`, `r1` … of the model `m`, each with a secret, a file, an artifact and a long log. */
async function folderWithRuns({ runs = 2, events = 10, fileBytes = 100 }: Filling = {}): Promise<TempFolder> {
  const folder = tempFolder({});
  const { store, blobs } = placesIn(join(folder.path, "data"));
  await store.open({ id: "test" });
  for (let i = 0; i < runs; i++) {
    const id = `r${i}`;
    const file = await blobs.put(modelFile(randomBytes(fileBytes), { contentType: "image/png" }));
    const args = { id, model: "m", owner: "ann", args: { token: "***" }, fingerprint: `of ${id}` };
    await store.create({ ...args, private: { secrets: { token: `secret-of-${id}` }, files: { file } } });
    await store.claim(id);
    for (let done = 0; done < events; done += 500) {
      const facts = Array.from({ length: Math.min(500, events - done) }, (_, n) => ({
        fact: { type: "log", level: "info", text: `line ${done + n} ${"x".repeat(80)}` } as const,
      }));
      await store.append(id, facts, { attempt: 1 });
    }
    const artifact = await blobs.put(modelFile(Buffer.from(`artifact of ${id}`)));
    const { size, contentType } = artifact;
    await store.append(id, [{ fact: { type: "artifact", name: "a.txt", size, contentType }, blob: artifact }], {
      attempt: 1,
    });
    await store.append(id, [{ fact: { type: "checkpoint", step: i }, data: { i }, version: "1" }], { attempt: 1 });
  }
  await store.append("r0", [{ fact: { type: "succeeded", result: 1 } }], { attempt: 1 });
  const weights = await blobs.put(modelFile(Buffer.from("weights")));
  await store.addVersion({ model: "m", metrics: {}, blob: weights });
  await store.serveVersion("m", { revision: 0, to: 1, reason: "better" });
  await store.close();
  return folder;
}

describe.skipIf(postgresMissing !== undefined)("copy (needs postgresql)", () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.[Symbol.asyncDispose]());

  const envOf = (folder: TempFolder, store: string) => ({
    DEEPAAS_STORE: store,
    DEEPAAS_FILES: `${folder.path}/files`,
    DEEPAAS_SECRET_KEY: secretKey,
  });

  test("the runs of a server that was killed go on at a node, as the page says", async () => {
    using folder = pageFolder();
    await using served = await serveDeepaas(["hello.ts"], { cwd: folder.path, keeps: true });
    const service = connectRest(served.url);
    await service.train("hello", { epochs: 5 }, { runId: "done" });
    await Array.fromAsync(service.watch("done"));
    const before = await Array.fromAsync(service.watch("done"));
    await service.train("hello", { epochs: 50 }, { runId: "lost" });
    await service.train("hello", { epochs: 3 }, { runId: "waits" });
    for await (const { type } of service.watch("lost")) if (type === "progress") break;
    await served.end("SIGKILL");
    const store = await postgres.createDatabase();
    const stdout = await runPage(folder, { script: "copy.sh", env: envOf(folder, store) });
    expect(stdout).toMatch(/^copied 3 runs with \d+ events, 1 file \(\S+ B\) and 1 weights version of \.deepaas$/m);
    expect(stdout).toMatch(/lost.*The server died/);
    const target = postgresStore({ url: store, secretKey });
    await target.open({ id: "test", shared: true });
    expect(await target.read("done", 0, 1_000)).toEqual(before);
    expect((await target.get("lost"))?.state).toBe("succeeded");
    expect((await target.get("waits"))?.state).toMatch(/succeeded|queued|running|lost/);
    expect((await target.versions("hello")).history[0]).toMatchObject({ from: 0, to: 1 });
    await target.close();
  });

  test("a copy that was killed is continued by the same command, and a third one finds everything there", async () => {
    using folder = await folderWithRuns({ runs: 20, events: 1_000 });
    const store = await postgres.createDatabase();
    await using proxy = await shakyProxy(() => postgres.port, { stallAfterBytes: 1_000_000 });
    const through = new URL(store);
    through.port = new URL(proxy.url).port;
    const args = ["copy", "--from", "data"];
    await using first = startDeepaas(args, { cwd: folder.path, env: envOf(folder, through.href) });
    await Promise.race([proxy.stalled, first.ended.then(({ stderr }) => expect.fail(stderr))]);
    first.child.kill("SIGKILL");
    await first.ended;
    proxy.cut();
    const target: RunPlaces = {
      store: postgresStore({ url: store, secretKey }),
      blobs: directoryBlobs({ path: `${folder.path}/files` }),
    };
    await target.store.open({ id: "test", shared: true });
    const there = (await target.store.list({})).items.length;
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThan(20);
    const second = await runDeepaas(args, { cwd: folder.path, env: envOf(folder, store) });
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toContain(`copied ${20 - there} runs with`);
    expect(second.stdout).toContain(`; ${there} runs had been copied before`);
    const third = await runDeepaas([...args, "--json"], { cwd: folder.path, env: envOf(folder, store) });
    expect(JSON.parse(third.stdout)).toMatchObject({
      path: "data",
      runs: 0,
      there: 20,
      events: 0,
      files: 0,
      versions: 0,
    });
    const source = placesIn(`${folder.path}/data`);
    await source.store.open({ id: "after" });
    for (const { id } of (await source.store.list({})).items) {
      const [expected, copied] = [await source.store.transfer?.run(id), await target.store.transfer?.run(id)];
      expect(copied?.private.secrets).toEqual(expected?.private.secrets);
      expect(copied).toMatchObject({ fingerprint: `of ${id}`, checkpoints: expected?.checkpoints ?? [] });
      const logs = [await source.store.read(id, 0, 2_000), await target.store.read(id, 0, 2_000)] as const;
      // The last one is `lost`, with a time of its own.
      const isLost = expected?.run.state === "lost";
      expect(logs[1].slice(0, isLost ? -1 : undefined)).toEqual(logs[0].slice(0, isLost ? -1 : undefined));
      expect(logs[1].at(-1)?.type).toBe(logs[0].at(-1)?.type);
      const artifact = await target.store.artifact(id, "a.txt");
      expect(artifact && (await (await target.blobs.get(artifact)).text())).toBe(`artifact of ${id}`);
    }
    await source.store.close();
    await target.store.close();
  });

  test("neither a long log nor a large file is in memory as a whole", async () => {
    using folder = await folderWithRuns({ runs: 1, events: 120_000, fileBytes: 80_000_000 });
    // The events of the log, and the file, take more.
    const env = { ...envOf(folder, await postgres.createDatabase()), NODE_OPTIONS: "--max-old-space-size=32" };
    const ended = await runDeepaas(["copy", "--from", "data"], { cwd: folder.path, env });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(
      /^copied 1 run with 120,005 events, 3 files \(80 MB\) and 1 weights version of data$/m,
    );
  });

  interface Refused {
    readonly what: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly through?: readonly string[];
    /** Before the command. */
    readonly prepare?: (data: string, store: string) => Promise<void>;
    readonly says: RegExp;
  }

  const otherRun = async (_data: string, url: string) => {
    const store = postgresStore({ url, secretKey });
    await store.open({ id: "node", shared: true });
    await store.create({ id: "other", model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f" });
    await store.close();
  };
  const changed = (sql: string) => async (data: string) => {
    const db = new DatabaseSync(join(data, "runs.db"));
    db.exec(sql);
    db.close();
  };

  test.each<Refused>([
    {
      what: "without a data directory",
      args: ["--from", "nowhere"],
      says: /^deepaas: there are no runs in nowhere\n.*--from/,
    },
    {
      what: "from a newer version",
      prepare: changed("PRAGMA user_version = 999"),
      says: /was written by a newer version of deepaas/,
    },
    {
      what: "to a database that is out of reach",
      env: { DEEPAAS_STORE: "postgres://127.0.0.1:1/x" },
      says: /^deepaas: The database cannot be used: it is out of reach\n.*the same command continues/,
    },
    {
      what: "to a database with other runs",
      prepare: otherRun,
      says: /^deepaas: The target has other runs: other is not among those to copy/,
    },
    {
      what: "to a data directory",
      env: { DEEPAAS_STORE: "sqlite" },
      says: /^deepaas: a copy is for a store of several nodes\n.*--store/,
    },
    {
      what: "without a place for files",
      env: { DEEPAAS_FILES: undefined },
      says: /need a place for files.*\n.*--files/,
    },
    {
      what: "without a key for its secrets",
      env: { DEEPAAS_SECRET_KEY: undefined },
      says: /has secret arguments.*Set DEEPAAS_SECRET_KEY/,
    },
    {
      what: "with a damaged log",
      prepare: changed("DELETE FROM log WHERE last = 1"),
      says: /^deepaas: data is damaged: the log of run r0 has no event 1/,
    },
    {
      what: "with a file that is missing",
      prepare: async (data) => rmSync(join(data, "blobs"), { recursive: true }),
      says: /^deepaas: data is damaged: .* of run r.: That file is not kept any more/,
    },
    {
      what: "to a full disk",
      through: ["prlimit", "--fsize=40000:"],
      says: /^deepaas: The file cannot be kept: it is larger than the disk takes\n/,
    },
  ])("a copy $what is refused", async ({ args = ["--from", "data"], env = {}, through = [], prepare, says }) => {
    using folder = await folderWithRuns({ fileBytes: 50_000 });
    const store = await postgres.createDatabase();
    await prepare?.(join(folder.path, "data"), store);
    const ended = await runDeepaas(["copy", ...args], {
      cwd: folder.path,
      env: { ...envOf(folder, store), ...env },
      through,
    });
    expect(ended.stderr).toMatch(says);
    expect(ended.stdout).toBe("");
    expect(ended.code).not.toBe(0);
  });

  test("a copy of a data directory with a server, or to a folder in it, is refused", async () => {
    using folder = await folderWithRuns();
    const env = envOf(folder, await postgres.createDatabase());
    const inside = ["copy", "--from", "data", "--files", `${folder.path}/data/files`];
    expect((await runDeepaas(inside, { cwd: folder.path, env })).stderr).toMatch(
      /data\/files is in the data directory data\n/,
    );
    writeFileSync(join(folder.path, "m.mjs"), "export const predict = () => 1;");
    await using served = await serveDeepaas(["m.mjs", "--data-dir", "data"], { cwd: folder.path, keeps: true });
    const ended = await runDeepaas(["copy", "--from", "data"], { cwd: folder.path, env });
    expect(ended.stderr).toMatch(/^deepaas: data is in use by process \d+ at http:.*; end that server first\n/);
    expect((await served.end()).code).toBe(0);
  });
});
