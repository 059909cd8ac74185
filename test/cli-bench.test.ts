// `deepaas bench` as a process: what it prints, a plot, other servers, and its end by CTRL-C.
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { helloModule, runDeepaas, serveDeepaas, startDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const models = {
  "batch.mjs": `
export const getPredictArgs = () => ({ n: { type: "integer" } });
export const predictBatch = async (list) => { await new Promise((resolve) => setTimeout(resolve, 5)); return list.map(({ n }) => n); };
`,
  "failing.mjs": `
let calls = 0;
export const predict = () => { if (calls++ % 2 === 1) throw new Error("every second one"); return 1; };
`,
  "refusing.mjs": "export const predict = () => { throw new Error('no device'); };",
  "trained.mjs": "export const train = () => 1;",
  "upload.mjs": `
export const getPredictArgs = () => ({ image: { type: "string", format: "binary" }, n: { type: "integer", location: "headers" } });
export const predict = async ({ image, n }) => ({ bytes: (await image.bytes()).length, n });
`,
  // Two callers make at most 400 calls in the second before the measurement.
  "counting.mjs": `
import { writeFileSync } from "node:fs";
let calls = 0;
export async function predict() {
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (++calls === 600) writeFileSync("is-measured", "");
  return calls;
}
`,
  "stream.mjs": "export async function* predictStream() { yield 1; yield 2; }",
};

interface Report {
  readonly levels: readonly {
    readonly callers: number;
    readonly batching?: boolean;
    readonly calls: number;
    readonly p50Ms: number;
    readonly p99Ms: number;
    readonly errors: Readonly<Record<string, number>>;
    readonly rssBytes?: number;
  }[];
}

const quick = ["--callers", "1,3", "--seconds", "1"];
const bench = (args: readonly string[], cwd?: string) =>
  runDeepaas(["bench", ...args, ...quick], cwd === undefined ? {} : { cwd });
const reportOf = async (args: readonly string[], cwd?: string): Promise<Report> => {
  const { code, stdout, stderr } = await bench([...args, "--json"], cwd);
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Report;
};

test("a table with a row for each number of callers, and a plot", async () => {
  using folder = tempFolder();
  const { code, stdout, stderr } = await bench([helloModule, "--svg", "plot.svg"], folder.path);
  expect([code, stderr]).toEqual([0, ""]);
  const [title, ...rows] = stdout.trimEnd().split("\n");
  expect(title?.trim().split(/ {2,}/)).toEqual(["Callers", "Calls/s", "p50", "p95", "p99", "CPU", "Memory", "Errors"]);
  expect(rows.slice(0, 2).map((row) => row.trim().split(/ +/)[0])).toEqual(["1", "3"]);
  const svg = readFileSync(`${folder.path}/plot.svg`, "utf8");
  expect(svg).toMatch(/^<svg [\s\S]*hello, 1 worker, 1 s each[\s\S]*<\/svg>\n$/);
});

test.each([
  ["workers", []],
  ["its own process", ["--inline"]],
])("a model with predictBatch is measured with and without batching, in %s", async (_, options) => {
  using folder = tempFolder(models);
  const { levels } = await reportOf(["batch.mjs", ...options], folder.path);
  expect(levels.map(({ callers, batching }) => [callers, batching])).toEqual([
    [1, true],
    [1, false],
    [3, true],
    [3, false],
  ]);
  for (const { calls, errors, p50Ms, p99Ms } of levels) {
    expect(calls).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
    expect(errors).toEqual({});
  }
});

test.each(["upload.mjs", "stream.mjs"])("files and streams: %s", async (model) => {
  using folder = tempFolder(models);
  const { levels } = await reportOf([model], folder.path);
  expect(levels.every(({ calls, errors }) => calls > 0 && Object.keys(errors).length === 0)).toBe(true);
});

test("errors are counted by code, and the other calls are measured", async () => {
  using folder = tempFolder(models);
  const { levels } = await reportOf(["failing.mjs"], folder.path);
  for (const { calls, errors } of levels) {
    expect(calls).toBeGreaterThan(0);
    expect(Object.keys(errors)).toEqual(["internal"]);
    expect(errors.internal).toBeGreaterThan(0);
  }
});

test("a running server is measured by its URL, without what its process uses", async () => {
  await using served = await serveDeepaas([helloModule, "--base-path", "/ml"]);
  const { levels } = await reportOf(["hello", "--url", `${served.url}/`, "--args", '{"x":2}']);
  expect(levels.map(({ callers }) => callers)).toEqual([1, 3]);
  expect(levels.every(({ calls, rssBytes }) => calls > 0 && rssBytes === undefined)).toBe(true);
});

test("connections that a server closes are errors with their reason, and the others go on", async () => {
  using folder = tempFolder();
  await using served = await serveDeepaas([helloModule]);
  let count = 0;
  // Passes the description and every second call on; the other connections are reset.
  const between = createServer((request, response) => {
    if (request.method === "POST" && count++ % 2 === 1) {
      request.socket.resetAndDestroy();
      return;
    }
    void fetch(served.url + request.url, {
      method: request.method as string,
      ...(request.method === "POST" && { body: '{"x":1}' }),
      headers: { "content-type": "application/json" },
    })
      .then((answer) => answer.text())
      .then((text) => response.end(text));
  }).listen(0, "127.0.0.1");
  await once(between, "listening");
  const { port } = between.address() as AddressInfo;
  const { levels } = await reportOf(["hello", "--url", `http://127.0.0.1:${port}`], folder.path);
  between.close();
  between.closeAllConnections();
  expect(levels[0]?.calls).toBeGreaterThan(0);
  expect(Object.keys(levels[0]?.errors ?? {})).toEqual(["ECONNRESET"]);
});

test.each<[string, number, readonly string[], string]>([
  ["a missing module", 1, ["gone.mjs"], "gone.mjs: no such file"],
  ["a model without predict", 2, ["trained.mjs"], "trained has no predict"],
  ["a model that fails", 1, ["refusing.mjs"], "the first call failed: no device"],
  ["arguments that the schema refuses", 2, ["batch.mjs", "--args", '{"n":"x"}'], "--args: /n: Must be integer."],
  ["a server that is not there", 3, ["m", "--url", "http://127.0.0.1:9"], "http://127.0.0.1:9/v2/models/m/schema: "],
  ["a URL that is none", 2, ["m", "--url", "localhost"], "Must be a URL"],
  ["callers that are no number", 2, ["batch.mjs", "--callers", "1,x"], "Must be a whole number"],
  ["two ways to run it", 2, ["batch.mjs", "--inline", "--workers", "2"], "cannot be used with"],
  ["a plot in no folder", 2, ["batch.mjs", "--svg", "gone/plot.svg"], "--svg: there is no folder gone"],
])("%s is refused with exit code %i", async (_, code, args, line) => {
  using folder = tempFolder(models);
  const ended = await runDeepaas(["bench", "--seconds", "0.3", ...args], { cwd: folder.path });
  expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(line) });
  expect(ended.stderr).toMatch(/^deepaas: /);
});

test.skipIf(process.platform === "win32")(
  "CTRL-C ends it with 130 and what was measured, and no process is left",
  async () => {
    using folder = tempFolder(models);
    const args = ["bench", "counting.mjs", "--seconds", "600", "--callers", "2", "--json"];
    await using running = startDeepaas(args, { cwd: folder.path, group: true });
    await expect.poll(() => existsSync(`${folder.path}/is-measured`), { timeout: 60_000 }).toBe(true);
    process.kill(-(running.child.pid as number), "SIGINT");
    const { code, stdout } = await running.ended;
    expect(code).toBe(130);
    const { levels } = JSON.parse(stdout) as Report;
    expect(levels).toMatchObject([{ callers: 2, errors: {} }]);
    expect(levels[0]?.calls).toBeGreaterThan(0);
    await expect.poll(() => running.processes()).toEqual([]);
  },
);

test.skipIf(process.platform === "win32")("a killed command leaves no process", async () => {
  using folder = tempFolder(models);
  await using running = startDeepaas(["bench", "counting.mjs", "--seconds", "600", "--callers", "2"], {
    cwd: folder.path,
  });
  await expect.poll(() => existsSync(`${folder.path}/is-measured`), { timeout: 60_000 }).toBe(true);
  running.child.kill("SIGKILL");
  await expect.poll(() => running.processes()).toEqual([]);
});
