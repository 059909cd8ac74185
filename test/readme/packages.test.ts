// Runs the examples of the packages' READMEs, and compares their options tables with the source.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { listKeys } from "@deepaas/auth";
import { postgresMissing, startPostgres } from "@deepaas/conformance/servers";
import { findPython } from "@deepaas/python";
import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

const watched = ["1 queued", "2 started", "3 progress", "4 progress", "5 artifact", "6 succeeded"];
const examples: readonly (readonly [file: string, lines: readonly string[]])[] = [
  ["core.ts", ["{ score: 2 }", ...watched, "{ loss: 0.5 }", "succeeded succeeded"]],
  [
    "access.ts",
    [
      "[ 'echo' ]",
      'not_found There is no model "secret".',
      "permission_denied The caller lacks the scope train or train@echo.",
      expect.stringMatching(/^not_found There is no run [0-9a-f]{32}\.$/),
      "unauthenticated Authentication required.",
    ],
  ],
  [
    "authenticate.ts",
    ["hello", "permission_denied The caller lacks the scope train or train@echo.", "key:bob", "unauthenticated"],
  ],
  ["in-process.ts", ["6"]],
  ["koa.ts", Array(2).fill('{"status":"OK","predictions":"Hello, Ada."}').concat("the rest of the app")],
  ["metrics.ts", ['deepaas_predict_duration_seconds_count{model="greeter",code="ok"} 1']],
  ["ui.ts", ["/ui/ text/html; charset=utf-8"]],
  ["web-socket.ts", ["{ state: 'ready', reasons: [] }"]],
];

test.each(examples)("the example %s prints what it should, and ends by itself", async (file, lines) => {
  const code = readFileSync(join(here, file), "utf8").replaceAll("5000", String(await freePort()));
  const args = ["--input-type=module-typescript", "--eval", code];
  const { stdout, stderr } = await run(process.execPath, args, { cwd: here });
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toEqual(lines);
});

test("the example of the sqlite README keeps its runs in the folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-readme-"));
  try {
    const { stdout } = await run(process.execPath, [join(here, "sqlite.ts")], { cwd: folder });
    expect(stdout).toBe("1 queued\n2 started\n3 succeeded\n");
    expect(readFileSync(join(folder, "data/runs.sqlite")).toString("latin1")).toContain("SQLite format 3");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(postgresMissing)("the example of the postgres README keeps its runs in the database", async () => {
  await using server = await startPostgres();
  const code = readFileSync(join(here, "postgres.ts"), "utf8").replaceAll("5432", String(server.port));
  const args = ["--input-type=module-typescript", "--eval", code];
  const env = { ...process.env, DEEPAAS_SECRET_KEY: Buffer.alloc(32, 1).toString("base64") };
  const { stdout, stderr } = await run(process.execPath, args, { cwd: here, env });
  expect({ stdout, stderr }).toEqual({ stdout: "1 queued\n2 started\n3 succeeded\n", stderr: "" });
});

test("the example of the auth README lets in who has a key, and ends", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-readme-"));
  const copy = join(here, `auth-${process.pid}.ts`);
  try {
    writeFileSync(copy, readFileSync(join(here, "auth.ts"), "utf8").replaceAll("5000", String(await freePort())));
    const { stdout, stderr } = await run(process.execPath, [copy], { cwd: folder });
    expect({ stdout, stderr }).toEqual({ stdout: "200\n403\n401\n", stderr: "" });
    expect(listKeys(join(folder, "keys.json"))).toMatchObject([{ name: "ann" }, { name: "bob" }]);
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(copy, { force: true });
  }
});

test("the key file of the auth README is one", () => {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-readme-"));
  try {
    const file = join(folder, "keys.json");
    writeFileSync(file, readFileSync(join(here, "keys.json")), { mode: 0o600 });
    expect(listKeys(file)).toMatchObject([{ name: "ann", models: ["digits"] }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the example of OpenID Connect is accepted", async () => {
  const { egi } = await import("./oidc.ts");
  expect(egi({} as IncomingMessage, undefined)).toBeUndefined();
});

test("the example of the workers README predicts in a child process, and ends", async () => {
  const { stdout } = await run(process.execPath, [join(here, "workers.ts")], { cwd: root });
  expect(stdout).toBe("{ y: 0 }\n");
});

const python = hasPython();
test.skipIf(!python)(
  `the example of the python README trains${python ? "" : " (skipped: there is no Python)"}`,
  async () => {
    const { stdout } = await run(process.execPath, [join(here, "python.ts")], { cwd: root });
    expect(stdout.trimEnd().split("\n")).toEqual([
      "{ root: 3 }",
      ...["queued", "log", "started", "progress", "progress", "succeeded"],
    ]);
  },
);

function hasPython(): boolean {
  try {
    return findPython({}).path !== "";
  } catch {
    return false;
  }
}

test("the example of the tracing README serves, also without an SDK, and ends", async () => {
  const copy = join(here, `tracing-${process.pid}.ts`);
  try {
    writeFileSync(copy, readFileSync(join(here, "tracing.ts"), "utf8").replaceAll("5000", String(await freePort())));
    const { stdout, stderr } = await run(process.execPath, [copy], { cwd: root });
    expect({ stdout, stderr }).toEqual({ stdout: "200\n", stderr: "" });
  } finally {
    rmSync(copy, { force: true });
  }
});

test("the READMEs of koa and ws say the same about authentication", () => {
  const [koa, ws] = ["koa", "ws"].map((name) => {
    const text = readFileSync(join(root, "packages", name, "README.md"), "utf8");
    return /^## Authentication\n.*?(?=^## )/ms.exec(text)?.[0];
  });
  expect(koa).toContain("docs/authentication.md");
  expect(ws).toBe(koa);
});

const tables: readonly (readonly [readme: string, source: string, options: string])[] = [
  ["auth", "auth/src/keys/api-keys.ts", "ApiKeysOptions"],
  ["auth", "auth/src/oidc/oidc-options.ts", "OidcOptions"],
  ["auth", "auth/src/grants.ts", "GrantsOptions"],
  ["auth", "auth/src/limits/rate-limited.ts", "RateLimitedOptions"],
  ["auth", "auth/src/limits/with-limits.ts", "LimitsOptions"],
  ["client", "client/src/rest-call.ts", "ConnectRestOptions"],
  ["client", "client/src/ws/ws-link.ts", "ConnectWsOptions"],
  ["client", "client/src/keep-watching.ts", "KeepWatchingOptions"],
  ["conformance", "conformance/src/suite.ts", "SuiteOptions"],
  ["conformance", "conformance/src/store/store-suite.ts", "StoreSuiteOptions"],
  ["core", "core/src/host/options.ts", "HostOptions"],
  ["core", "core/src/host/options.ts", "HostLimits"],
  ["core", "core/src/host/options.ts", "ModelLimits"],
  ["koa", "koa/src/options.ts", "RestOptions"],
  ["koa", "protocol/src/node/access.ts", "AccessOptions"],
  ["koa", "koa/src/create-server.ts", "ServerOptions"],
  ["postgres", "postgres/src/store-options.ts", "PostgresStoreOptions"],
  ["sqlite", "sqlite/src/store-options.ts", "SqliteStoreOptions"],
  ["sqlite", "sqlite/src/directory-blobs.ts", "DirectoryBlobsOptions"],
  ["workers", "workers/src/options.ts", "WorkersOptions"],
  ["ws", "ws/src/attach-options.ts", "AttachWsOptions"],
  ["ws", "protocol/src/node/access.ts", "AccessOptions"],
];

test.each(tables)("the README of %s has every option of %s", (readme, source, options) => {
  const text = readFileSync(join(root, "packages", source), "utf8");
  const body = new RegExp(`export interface ${options}\\b[^{]*\\{\\n(.*?)\\n\\}`, "s").exec(text)?.[1] ?? "";
  const names = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name]) => name);
  expect(names).not.toEqual([]);
  const rows = readFileSync(join(root, "packages", readme, "README.md"), "utf8").split("\n");
  const missing = names.filter((name) => !rows.some((row) => row.startsWith("| ") && row.includes(`\`${name}\``)));
  expect(missing).toEqual([]);
});
