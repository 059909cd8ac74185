import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { helloModule, runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const run = (args: readonly string[], cwd: string) =>
  runDeepaas(["run", helloModule, "--listen-port", "0", ...args], { cwd });

test("runs are kept in .deepaas in the working directory, readable by its user only and ignored by git", async () => {
  using folder = tempFolder();
  await using served = await serveDeepaas([helloModule], { cwd: folder.path, keeps: true });
  const made = `${folder.path}/.deepaas`;
  expect(statSync(made).mode & 0o777).toBe(0o700);
  expect(readFileSync(`${made}/.gitignore`, "utf8")).toBe("*\n");
  expect(existsSync(`${made}/runs.db`)).toBe(true);
  expect(JSON.parse(readFileSync(`${made}/server.json`, "utf8"))).toEqual({ pid: served.child.pid, url: served.url });
  await served.end();
  expect(existsSync(`${made}/server.json`)).toBe(false);
});

test("the files of a data directory are for their user only, whatever the umask", async () => {
  using folder = tempFolder();
  await using served = await serveDeepaas([helloModule, "--data-dir", "runs"], {
    cwd: folder.path,
    keeps: true,
    through: ["sh", "-c", 'umask 0; exec "$@"', "sh"],
  });
  const { uuid } = (await (await fetch(`${served.url}/v2/models/hello/train/`, { method: "POST" })).json()) as {
    uuid: string;
  };
  await (await fetch(`${served.url}/v2/runs/${uuid}/events`, { headers: { accept: "text/event-stream" } })).text();
  const files = readdirSync(`${folder.path}/runs`, { recursive: true, withFileTypes: true });
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const { mode } = statSync(`${file.parentPath}/${file.name}`);
    expect([file.name, (mode & 0o777).toString(8)]).toEqual([file.name, file.isDirectory() ? "700" : "600"]);
  }
});

test("a data directory that others can write to is reported", async () => {
  using folder = tempFolder();
  mkdirSync(`${folder.path}/shared`);
  chmodSync(`${folder.path}/shared`, 0o777);
  await using served = await serveDeepaas([helloModule, "--data-dir", "shared"], { cwd: folder.path, keeps: true });
  expect(served.said.stderr).toContain("deepaas: others can write to shared, which has arguments, secrets and weights");
});

test("while the directory of a server is moved away, predicts go on, runs are refused, and no second server starts", async () => {
  using folder = tempFolder();
  const dir = `${folder.path}/runs`;
  await using first = await serveDeepaas([helloModule, "--data-dir", dir], { keeps: true });
  const post = async (what: string) =>
    (await fetch(`${first.url}/v2/models/hello/${what}/?x=1`, { method: "POST" })).status;
  renameSync(dir, `${folder.path}/moved`);
  expect([await post("train"), await post("predict")]).toEqual([503, 200]);
  expect(await (await fetch(`${first.url}/health/ready`)).text()).toContain("degraded");
  expect(first.said.stderr).toContain("was moved or deleted");
  const atPath = await run(["--data-dir", dir], folder.path);
  expect([atPath.code, atPath.stderr]).toEqual([1, expect.stringContaining("is in use by another process")]);
  expect(existsSync(dir)).toBe(false);
  const atMoved = await run(["--data-dir", `${folder.path}/moved`], folder.path);
  expect([atMoved.code, atMoved.stderr]).toEqual([
    1,
    expect.stringContaining(`is in use by process ${first.child.pid}`),
  ]);
  renameSync(`${folder.path}/moved`, dir);
  expect(await post("train")).toBe(200);
  expect((await first.end()).code).toBe(0);
  await using next = await serveDeepaas([helloModule, "--data-dir", dir], { keeps: true });
  expect(next.url).not.toBe("");
});

test("--no-store keeps nothing on disk", async () => {
  using folder = tempFolder();
  await using served = await serveDeepaas([helloModule], { cwd: folder.path });
  expect((await served.end()).code).toBe(0);
  expect(existsSync(`${folder.path}/.deepaas`)).toBe(false);
});

test("a folder that has other files is not hidden from git", async () => {
  using folder = tempFolder({ "notes.txt": "mine" });
  await using served = await serveDeepaas([helloModule, "--data-dir", folder.path], { keeps: true });
  expect(existsSync(`${folder.path}/runs.db`)).toBe(true);
  expect(existsSync(`${folder.path}/.gitignore`)).toBe(false);
  await served.end();
});

test("a second server on a directory is refused before it warms anything, with the URL of the first one", async () => {
  using folder = tempFolder({
    "slow.mjs":
      "export const warm = () => new Promise((resolve) => setTimeout(resolve, 1e6)); export const predict = () => 1;",
  });
  const dir = `${folder.path}/runs`;
  await using first = await serveDeepaas([helloModule, "--data-dir", dir], { keeps: true });
  const second = await runDeepaas(["run", "slow.mjs", "--data-dir", dir], { cwd: folder.path });
  const { pid } = first.child;
  expect(second).toEqual({
    code: 1,
    signal: null,
    stdout: "",
    stderr: `deepaas: ${dir} is in use by process ${pid} at ${first.url}; use another --data-dir or --no-store\n`,
  });
  expect((await fetch(`${first.url}/health/ready`)).status).toBe(200);
  await first.end("SIGKILL");
  await using third = await serveDeepaas([helloModule, "--data-dir", dir], { keeps: true });
  expect(third.url).not.toBe("");
});

test.each<[string, (folder: string) => string, string]>([
  ["a file in its place", (folder) => `${folder}/file`, "not a directory"],
  ["a file on its way", (folder) => `${folder}/file/runs`, "a part of the path is not a directory"],
  ["a lock that is none", (folder) => `${folder}/lockless`, "file is not a database"],
])("%s is refused with one line", async (_, dirOf, reason) => {
  using folder = tempFolder({ file: "", "lockless/lock.db": "no lock ".repeat(100) });
  const { code, stdout, stderr } = await run(["--data-dir", dirOf(folder.path)], folder.path);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^deepaas: cannot .*; use another --data-dir or --no-store\n$/);
  expect(stderr).toContain(reason);
});

/** Root may write everywhere, unless it drops that capability. */
const asUser = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];

test("a directory without write permission is refused in one line", async () => {
  using folder = tempFolder();
  const dir = `${folder.path}/runs`;
  mkdirSync(dir);
  writeFileSync(`${dir}/lock.db`, "");
  chmodSync(dir, 0o500);
  const ended = await runDeepaas(["run", helloModule, "--data-dir", dir], { through: asUser });
  expect(ended).toMatchObject({
    code: 1,
    stderr: `deepaas: cannot keep runs in ${dir}: permission denied; use another --data-dir or --no-store\n`,
  });
});

test("a directory that lost its write permission does not prevent an orderly shutdown", async () => {
  using folder = tempFolder();
  const dir = `${folder.path}/runs`;
  await using served = await serveDeepaas([helloModule, "--data-dir", dir], { keeps: true, through: asUser });
  chmodSync(dir, 0o500);
  const { code, stderr } = await served.end();
  chmodSync(dir, 0o700);
  expect([code, stderr]).toEqual([0, ""]);
  expect(existsSync(`${dir}/server.json`)).toBe(true);
});

test("a damaged run file is refused in one line", async () => {
  using folder = tempFolder({ "runs/runs.db": "no runs ".repeat(1_000) });
  const { code, stdout, stderr } = await run(["--data-dir", "runs"], folder.path);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^deepaas: .*runs\.db.*\n$/);
});

test("a run file of a newer version is refused in one line and not changed", async () => {
  using folder = tempFolder({ "runs/kept": "" });
  const file = `${folder.path}/runs/runs.db`;
  await using served = await serveDeepaas([helloModule, "--data-dir", "runs"], { cwd: folder.path, keeps: true });
  await served.end();
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 9999");
  db.close();
  const before = readFileSync(file);
  const { code, stdout, stderr } = await run(["--data-dir", "runs"], folder.path);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^deepaas: .*runs\.db.*newer.*\n$/);
  expect(readFileSync(file)).toEqual(before);
});

test.each([
  ["--keep-runs=0", "option '--keep-runs <number>'"],
  ["--keep-days=0", "option '--keep-days <days>'"],
  ["--max-bytes=1k", "option '--max-bytes <bytes>'"],
  ["--no-store --data-dir=x", "option '--no-store' cannot be used with option '--data-dir <dir>'"],
  ["--debug-endpoint --inline", "option '--inline' cannot be used with option '--debug-endpoint'"],
  ["--inline --workers 2", "option '--inline' cannot be used with option '--workers <number>'"],
  ["--inline --train-workers 2", "option '--inline' cannot be used with option '--train-workers <number>'"],
  ["--inline --shared-workers", "option '--inline' cannot be used with option '--shared-workers'"],
])("%s is refused with exit code 2", async (args, line) => {
  const { code, stderr } = await runDeepaas(["run", helloModule, ...args.split(" ")]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`deepaas: ${line}`)]);
});
