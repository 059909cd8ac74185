// `deepaas doctor` and the parts that several nodes share: real servers, each fault really made.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectRest } from "@deepaas/client";
import {
  type PostgresServer,
  pgbouncerMissing,
  postgresMissing,
  redisMissing,
  s3Credentials,
  s3Missing,
  startPgBouncer,
  startPostgres,
  startRedis,
  startS3,
} from "@deepaas/conformance/servers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newCluster } from "./support/cluster-nodes.ts";
import { runDeepaas } from "./support/deepaas.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { psql } from "./support/psql.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";
import { toolModel } from "./support/tool-model.ts";

const missing = [postgresMissing, redisMissing, pgbouncerMissing, s3Missing].find((one) => one !== undefined);
const password = "hush-hush";
const secretKey = Buffer.alloc(32, "hush").toString("base64");

interface Finding {
  readonly what: string;
  readonly level: "ok" | "warning" | "error";
  readonly text: string;
  readonly advice?: string;
}

const title = "doctor (needs postgresql, pgbouncer, redis-server and moto)";
describe.skipIf(missing !== undefined)(title, { timeout: 60_000 }, () => {
  let postgres: PostgresServer;
  let folder: TempFolder;
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = tempFolder({ "files/.keep": "", "tool.mjs": toolModel });
  });
  afterAll(async () => {
    folder?.[Symbol.dispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  const files = () => join(folder.path, "files");

  /** With a password, which a server that trusts everybody ignores. */
  function withPassword(url: string, user = "postgres"): string {
    const changed = new URL(url);
    changed.username = user;
    changed.password = password;
    return changed.href;
  }

  async function newDatabase(...statements: readonly string[]): Promise<string> {
    const url = await postgres.createDatabase();
    if (statements.length > 0) await psql(url, ...statements);
    return withPassword(url);
  }

  interface Parts {
    readonly store: string;
    readonly direct?: string;
    readonly queue?: string;
    readonly files?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly args?: readonly string[];
  }

  /** Its findings about shared parts as texts of one line, and its exit code. */
  async function doctor({ store, direct, queue, files: place = files(), env, args = [] }: Parts) {
    const ended = await runDeepaas(["doctor", "--json", "--listen-port", "0", ...args], {
      cwd: folder.path,
      env: {
        DEEPAAS_STORE: store,
        DEEPAAS_STORE_DIRECT_URL: direct,
        DEEPAAS_QUEUE: queue,
        DEEPAAS_FILES: place,
        DEEPAAS_SECRET_KEY: secretKey,
        AWS_ACCESS_KEY_ID: s3Credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: s3Credentials.secretAccessKey,
        ...env,
      },
    });
    for (const secret of [password, secretKey, s3Credentials.secretAccessKey, s3Credentials.accessKeyId])
      expect(`${ended.stdout}${ended.stderr}`).not.toContain(secret);
    const all = ended.stdout.split("\n").filter((line) => line !== "");
    const findings = all.map((line) => JSON.parse(line) as Finding);
    const shared = findings.filter(({ what }) => ["database", "clock", "queue", "files", "secrets"].includes(what));
    for (const { level, advice } of shared) expect(advice !== undefined).toBe(level !== "ok");
    return { code: ended.code, lines: shared.map(({ what, level, text }) => `${level} ${what}: ${text}`) };
  }

  test("everything is right: a node takes no more connections than it says, and its files are found", async () => {
    const store = await newDatabase();
    await using cluster = newCluster({
      store,
      models: ["tool.mjs"].map((name) => join(folder.path, name)),
      files: files(),
    });
    const node = await cluster.start({ id: "a" });
    const client = connectRest(node.url);
    await client.train("tool", {}, { runId: "r" });
    for await (const _event of client.watch("r"));
    const used = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'deepaas%'";
    expect(Number((await psql(store, used))[0])).toBeLessThanOrEqual(14);
    const { code, lines } = await doctor({ store });
    expect(lines).toEqual([
      expect.stringMatching(
        /^ok database: PostgreSQL \d+\.\d+.* at 127\.0\.0\.1:\d+\/test_\d+, tables of version 1, \d+ conn/,
      ),
      "ok clock: as that of the database",
      expect.stringMatching(/^ok queue: PostgreSQL .* at 127/),
      expect.stringMatching(/^(?:ok|warning) files: \/.* can be written/),
      "ok secrets: are encrypted in the database",
    ]);
    expect(code).toBe(0);
    // The folder of another cluster.
    const other = join(folder.path, "other");
    const { lines: absent } = await doctor({ store, files: other, env: { DEEPAAS_SECRET_KEY: "" } });
    expect(absent).toEqual(
      expect.arrayContaining([
        `warning files: ${other} does not exist`,
        expect.stringMatching(/^error files: \d+ of the \d+ newest files of the runs are not there$/),
        "warning secrets: a run with secret arguments is refused: there is no key",
      ]),
    );
  });

  test("servers that are away, and a folder that cannot be written", async () => {
    const store = withPassword("postgres://127.0.0.1:1/runs");
    const queue = `redis://:${password}@127.0.0.1:2`;
    const { code, lines } = await doctor({ store, queue, files: "/proc" });
    expect(lines).toEqual([
      expect.stringMatching(/^error database: 127\.0\.0\.1:1\/runs: .*out of reach \(connect ECONNREFUSED/),
      expect.stringMatching(/^error queue: 127\.0\.0\.1:2: .*ECONNREFUSED/),
      expect.stringMatching(/^error files: \/proc cannot be written: E/),
      expect.stringContaining("secrets"),
    ]);
    expect(code).toBe(1);
    const cut = await doctor({ store: `postgres://ann:12#${password}@127.0.0.1/runs` });
    expect(cut.lines).toContain("error database: the URL of the server cannot be read");
  });

  test("a role that may not create, or not use the tables of another one; few connections", async () => {
    await psql(postgres.url, "CREATE ROLE poor LOGIN", "CREATE ROLE few LOGIN CONNECTION LIMIT 13");
    const store = await newDatabase();
    const name = new URL(store).pathname.slice(1);
    await psql(store, `GRANT CREATE ON DATABASE ${name} TO few`);
    const [poor, few] = await Promise.all([
      doctor({ store: withPassword(store, "poor") }),
      doctor({ store: withPassword(store, "few") }),
    ]);
    expect(poor.lines).toEqual(
      expect.arrayContaining([
        "error database: the role poor may not create tables",
        "error queue: the role poor may not create schemas",
      ]),
    );
    expect(few.lines).toContain("warning database: 13 connections are free; one node needs up to 14");
    expect(few.code).toBe(0);
    const tables = ["CREATE SCHEMA deepaas", "CREATE TABLE deepaas.schema_version (version int)"];
    const others = await newDatabase(...tables, "GRANT USAGE, CREATE ON SCHEMA deepaas TO poor");
    const { lines } = await doctor({ store: withPassword(others, "poor") });
    expect(lines).toContain("error database: the role poor may not use the tables of another role");
  });

  test("settings of a server and a database with which runs are lost, or nothing can be kept", async () => {
    await using server = await startPostgres({ fsync: "off", synchronous_commit: "off" });
    const latin = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    await psql(server.url, latin, "ALTER DATABASE latin SET default_transaction_read_only = on");
    const { code, lines } = await doctor({ store: server.url.replace(/postgres$/, "latin") });
    expect(lines).toEqual(
      expect.arrayContaining([
        "error database: fsync is off: a crash would lose what was shown",
        "warning database: synchronous_commit is off; nodes set it to on for their own connections",
        "error database: the encoding of the database is LATIN1",
        "error database: the database permits no changes",
        "error queue: the database permits no changes",
      ]),
    );
    expect(code).toBe(1);
  });

  test("tables of a newer program, and a clock that is wrong", async () => {
    const tables = "CREATE TABLE deepaas.schema_version AS SELECT 99 AS version";
    const store = await newDatabase("CREATE SCHEMA deepaas", tables);
    const late = "const now = Date.now; Date.now = () => now() - 5_000;";
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(late)}` };
    const { lines } = await doctor({ store, env });
    expect(lines).toEqual(
      expect.arrayContaining([
        "error database: the tables have version 99, this program knows 1",
        expect.stringMatching(/^warning clock: that of the database is [56]\.\d s ahead of this machine$/),
      ]),
    );
  });

  test("a pooler in transaction mode, until the database without it is given", async () => {
    const store = await newDatabase();
    await using pooler = await startPgBouncer(postgres);
    const pooled = withPassword(`${pooler.url.replace(/postgres$/, "")}${new URL(store).pathname.slice(1)}`);
    const { code, lines } = await doctor({ store: pooled });
    expect(lines).toEqual(
      expect.arrayContaining([
        "error database: notifications do not arrive: a pooler in transaction mode is in between",
        "error queue: a pooler is in between",
      ]),
    );
    expect(code).toBe(1);
    const right = await doctor({ store: pooled, direct: store });
    expect(right.lines.filter((line) => line.startsWith("error"))).toEqual([]);
    // And a node works so: what one writes through the pooler, another one shows.
    const env = { DEEPAAS_STORE_DIRECT_URL: store };
    await using cluster = newCluster({ store: pooled, models: [join(folder.path, "tool.mjs")], env });
    const [a, b] = await Promise.all([cluster.start({ id: "a", role: "serve" }), cluster.start({ id: "b" })]);
    await connectRest(a.url).train("tool", {}, { runId: "r" });
    const types = await Array.fromAsync(connectRest(a.url).watch("r"), ({ type }) => type);
    expect([types.at(-1), (await connectRest(b.url).run("r")).state]).toEqual(["succeeded", "succeeded"]);
  });

  test("a Redis that evicts and keeps nothing, and one whose memory is full", async () => {
    const store = await newDatabase();
    await using evicting = await startRedis({ "maxmemory-policy": "volatile-lru", requirepass: password });
    const { code, lines } = await doctor({ store, queue: `redis://:${password}@127.0.0.1:${evicting.port}` });
    expect(lines).toEqual(
      expect.arrayContaining([
        `ok queue: Redis ${lines.join().match(/Redis (\S+)/)?.[1]} at 127.0.0.1:${evicting.port}`,
        "error queue: maxmemory-policy is volatile-lru: it may drop what waits",
        expect.stringMatching(/^warning queue: it keeps nothing on disk/),
      ]),
    );
    expect(code).toBe(1);
    await using full = await startRedis({ maxmemory: "1" });
    const { lines: said } = await doctor({ store, queue: full.url });
    expect(said).toEqual(
      expect.arrayContaining([expect.stringMatching(/^error queue: it cannot be changed: .*maxmemory/)]),
    );
  });

  test("a bucket that is right, one that is missing, and another one than that of the runs", async () => {
    await using s3 = await startS3();
    const [bucket, other] = [await s3.newBucket(), await s3.newBucket()];
    const store = await newDatabase();
    const env = { DEEPAAS_S3_ENDPOINT: s3.endpoint };
    const credentials = { AWS_ACCESS_KEY_ID: "any-id", AWS_SECRET_ACCESS_KEY: "any-secret" };
    const models = [join(folder.path, "tool.mjs")];
    await using cluster = newCluster({ store, models, files: `s3://${bucket}/x`, env: { ...env, ...credentials } });
    const client = connectRest((await cluster.start({ id: "a" })).url);
    await client.train("tool", {}, { runId: "r" });
    for await (const _event of client.watch("r"));
    const [right, none, another] = await Promise.all(
      [`s3://${bucket}/x`, "s3://none", `s3://${other}/x`].map((place) => doctor({ store, files: place, env })),
    );
    const at = new URL(s3.endpoint).host;
    const done = "lists, writes, reads, uploads in parts, deletes";
    expect(right?.lines).toContain(`ok files: s3://${bucket}/x at ${at}: ${done}`);
    expect(right?.code).toBe(0);
    expect(none?.lines.join("\n")).toMatch(/^error files: s3:\/\/none at .*: list: .*NoSuchBucket/m);
    expect(another?.lines.join("\n")).toMatch(/^error files: \d+ of the \d+ newest files of the runs are not there$/m);
  });

  test("the line of docs/cluster.md examines the node of its environment", async () => {
    using page = pageFolder();
    const env = { DEEPAAS_STORE: await newDatabase(), DEEPAAS_FILES: files(), DEEPAAS_SECRET_KEY: secretKey };
    const stdout = await runPage(page, { script: "doctor.sh", env });
    for (const what of ["database", "clock", "queue", "files", "secrets"])
      expect(stdout).toMatch(new RegExp(`^(?:ok|warning) +${what} `, "m"));
  });

  test("settings come from files, too; without the shared database its parts are refused", async () => {
    const store = await newDatabase();
    writeFileSync(join(folder.path, "node.json"), JSON.stringify({ store, files: "nowhere" }));
    const options = { cwd: folder.path };
    const wrong = await runDeepaas(["doctor", "--config-file", "node.json"], options);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("s3://BUCKET/PREFIX")]);
    writeFileSync(join(folder.path, "node.json"), JSON.stringify({ store, files: files() }));
    const ended = await runDeepaas(["doctor", "--config-file", "node.json"], options);
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ok +database +PostgreSQL/m) });
    expect(ended.stdout + wrong.stderr).not.toContain(password);
    const alone = await runDeepaas(["doctor", "--queue", "redis://127.0.0.1"], options);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--queue is for several nodes")]);
  });
});
