import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { helloModule, runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const plainModel = `
let calls = 0;
export function getMetadata() { return { name: "Plain", description: "imports nothing" }; }
export function getPredictArgs() {
  return {
    n: { type: "integer", default: 3 },
    note: { type: "string", required: false },
    image: { type: "string", format: "binary", required: false },
  };
}
export async function predict({ n, note, image }) {
  return { n, note: note ?? null, image: image ? (await image.text()).length : null, calls: ++calls };
}
`;

const typedModel = `
import { type Args, BaseModel, Type } from "@deepaas/core";
const args = { x: Type.Number() };
export default class Typed extends BaseModel {
  override schema = { twice: Type.Number() };
  override getPredictArgs() { return args; }
  override predict({ x }: Args<typeof args>) { return { twice: 2 * x }; }
}
`;

async function predict(url: string, body?: string | FormData): Promise<unknown> {
  const headers = {
    accept: "application/vnd.deepaas+json",
    ...(typeof body === "string" && { "content-type": "application/json" }),
  };
  const answer = await fetch(`${url}/predict/`, { method: "POST", headers, ...(body !== undefined && { body }) });
  expect(answer.status).toBe(200);
  return answer.json();
}

test("a plain JavaScript module outside any project is served, with plain JSON Schema fields and a file", async () => {
  using folder = tempFolder({ "plain.js": plainModel });
  await using served = await serveDeepaas(["plain.js"], { cwd: folder.path });
  const url = `${served.url}/v2/models/plain`;
  expect(await predict(url)).toMatchObject({ n: 3, note: null, image: null });
  const form = new FormData();
  form.set("n", "5");
  form.set("note", "hi");
  form.set("image", new Blob(["pixels"]));
  expect(await predict(url, form)).toMatchObject({ n: 5, note: "hi", image: 6 });
});

test("several modules are served under the names they are given, a TypeScript one outside any project too", async () => {
  using folder = tempFolder({ "x.js": plainModel, "sub/package.json": "{}", "sub/typed.ts": typedModel });
  const args = ["a=x.js", "b-2=./sub/typed.ts", helloModule, "--base-path", "/some/base/"];
  await using served = await serveDeepaas(args, { cwd: folder.path });
  expect(served.said.stdout.split("\n")[0]).toBe(`deepaas is serving a, b-2, hello at ${served.url}`);
  expect(served.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/some\/base$/);
  expect(await predict(`${served.url}/v2/models/b-2`, '{"x":21}')).toEqual({ twice: 42 });
  expect(await predict(`${served.url}/v2/models/a`)).toMatchObject({ calls: 1 });
  expect(served.said.stderr).not.toContain("MODULE_TYPELESS_PACKAGE_JSON");
});

test("the line for each model can be pasted into a shell", async () => {
  await using served = await serveDeepaas([helloModule]);
  expect(served.said.stdout).toContain(`\n  curl --json '{"x":1}' ${served.url}/v2/models/hello/predict/\n`);
});

const files = {
  "throws.mjs": 'export const a = 1;\nthrow new Error("no weights\\nhere");',
  "lacking.mjs": "export const weights = [];",
  "enum.ts": "enum Kind { A }\nexport const predict = () => Kind.A;",
  "unsound.mjs": "export const predict = () => 1; export const getPredictArgs = () => ({ n: { type: 'int' } });",
  "cold.mjs": "export const predict = () => 1; export const warm = () => { throw new Error('no device'); };",
  "stuck.mjs": "await new Promise(() => {}); export const predict = () => 1;",
  "busy.mjs": "setInterval(() => {}, 1000); throw new Error('too busy');",
  "fine.mjs": "export const predict = () => 1;",
  "my model.mjs": "export const predict = () => 1;",
};

test.each<[string, number, readonly string[], string]>([
  ["a missing module", 1, ["gone.ts"], "gone.ts: no such file"],
  ["a module that throws", 1, ["throws.mjs"], "throws.mjs:2: import failed: no weights"],
  ["a module that throws and leaves a timer", 1, ["busy.mjs"], "busy.mjs:1: import failed: too busy"],
  ["a module without a model", 1, ["lacking.mjs"], "lacking.mjs: it has none of predict, "],
  ["an enum", 1, ["enum.ts"], "enum.ts:1: TypeScript enum is not erasable, "],
  ["an unsound field", 1, ["unsound.mjs"], "Model unsound: "],
  ["a model that cannot be warmed", 1, ["cold.mjs"], "Model cold could not be warmed: no device"],
  [
    "a module that awaits for ever",
    1,
    ["stuck.mjs"],
    "stuck.mjs never finished loading: a top-level await is never settled",
  ],
  [
    "a URL",
    1,
    ["https://example.org/model.js"],
    "https://example.org/model.js: a model must be the path of a file, not a URL",
  ],
  ["two of one name", 2, ["fine.mjs", "./fine.mjs"], "two models have the name fine: fine.mjs and ./fine.mjs"],
  ["a file whose name is no model's name", 2, ["my model.mjs"], '"my model" cannot be a model\'s name'],
  ["an unknown option", 2, ["fine.mjs", "--lisen-port", "1"], "unknown option '--lisen-port'"],
  ["a port that is none", 2, ["fine.mjs", "--listen-port", "65536"], "option '--listen-port <port>' argument '65536'"],
  ["a size that is none", 2, ["fine.mjs", "--client-max-size", "1k"], "option '--client-max-size <bytes>'"],
  ["a negative drain", 2, ["fine.mjs", "--drain-seconds", "-1"], "option '--drain-seconds <seconds>'"],
  ["a base path without a slash", 2, ["fine.mjs", "--base-path", "a"], "option '--base-path <path>'"],
  ["an unknown level", 2, ["fine.mjs", "--log-level", "loud"], "option '--log-level <level>'"],
  [
    "any address",
    1,
    ["fine.mjs", "--listen-ip", "0.0.0.0"],
    "0.0.0.0 can be reached from other machines, and there is no authentication",
  ],
  ["any IPv6 address", 1, ["fine.mjs", "--listen-ip", "::"], ":: can be reached from other machines"],
  ["an empty address", 1, ["fine.mjs", "--listen-ip", ""], "an empty address can be reached"],
])("%s is refused with exit code %i and one line", async (_, code, args, line) => {
  using folder = tempFolder(files);
  const ended = await runDeepaas(["run", "--listen-port", "0", ...args], { cwd: folder.path });
  expect(ended).toEqual({ code, signal: null, stdout: "", stderr: expect.stringContaining(`deepaas: ${line}`) });
  const [, ...more] = ended.stderr.trimEnd().split("\n");
  // A hint may follow; commander may suggest the right spelling.
  expect(more.filter((text) => !/^(?: {2}\S|\(Did you mean)/.test(text))).toEqual([]);
});

test.each([[["x.ts", "--inline"]], [["--inline", "x.ts"]]])("%j without the command run is told it", async (args) => {
  expect(await runDeepaas(args)).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: `deepaas: ${args[0]} is not a command\n  deepaas run ${args.join(" ")}\n`,
  });
});

test("a port in use is reported in one line with exit code 1", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const { code, stderr } = await runDeepaas(["run", helloModule, "--no-store", "--listen-port", String(port)]);
  taken.close();
  expect([code, stderr]).toEqual([
    1,
    `deepaas: port ${port} at 127.0.0.1 is in use; choose another with --listen-port\n`,
  ]);
});

const hasIpv6 = Object.values(networkInterfaces()).some((ones) => ones?.some(({ address }) => address === "::1"));

test.each<[string, string, NodeJS.ProcessEnv]>([
  ["127.0.0.1", "127.0.0.1", {}],
  ["localhost", "localhost", {}],
  ...(hasIpv6 ? [["::1", "[::1]", {}] as [string, string, NodeJS.ProcessEnv]] : []),
  ["0.0.0.0", "0.0.0.0", { DEEPAAS_INSECURE: "1" }],
])("it listens at %s", async (address, shown, env) => {
  await using served = await serveDeepaas([helloModule, "--listen-ip", address], { env });
  expect(served.url).toBe(`http://${shown}:${served.port}`);
  expect((await fetch(`${served.url}/health/ready`)).status).toBe(200);
});

test("--insecure allows another address", async () => {
  await using served = await serveDeepaas([helloModule, "--listen-ip", "0.0.0.0", "--insecure"]);
  expect((await fetch(`http://127.0.0.1:${served.port}/health/live`)).status).toBe(200);
});

test("DEEPAAS_INSECURE=0 allows nothing", async () => {
  const env = { DEEPAAS_INSECURE: "0" };
  expect((await runDeepaas(["run", helloModule, "--listen-ip", "0.0.0.0"], { env })).code).toBe(1);
});

async function upgradeStatus(port: number, host: string): Promise<number> {
  const headers = { host, origin: `http://${host}` };
  const ws = new WebSocket(`ws://127.0.0.1:${port}/v2/ws`, "deepaas.v2", { headers });
  const refused = once(ws, "unexpected-response").then(([, { statusCode }]) => statusCode as number);
  const status = await Promise.race([once(ws, "open").then(() => 101), refused]);
  ws.on("error", () => {}).terminate();
  return status;
}

async function restStatus(port: number, host: string): Promise<number> {
  const [response] = (await once(get({ port, path: "/v2/models/", headers: { host } }), "response")) as [
    IncomingMessage,
  ];
  response.resume();
  return response.statusCode ?? 0;
}

test("DNS rebinding reaches neither WebSocket nor REST, unless the host is allowed", async () => {
  await using served = await serveDeepaas([helloModule]);
  const { port } = served;
  for (const own of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, "localhost"]) {
    expect([own, await upgradeStatus(port, own), await restStatus(port, own)]).toEqual([own, 101, 200]);
  }
  for (const foreign of [`rebound.example:${port}`, "rebound.example", "localhost.rebound.example"]) {
    expect([foreign, await upgradeStatus(port, foreign), await restStatus(port, foreign)]).toEqual([foreign, 403, 403]);
  }
  await using open = await serveDeepaas([helloModule, "--allow-host", "a.example", "--allow-host", "b.example:81"]);
  for (const [host, status] of [
    ["a.example", 101],
    ["b.example:81", 101],
    ["localhost", 101],
    ["b.example", 403],
  ] as const) {
    expect([host, await upgradeStatus(open.port, host)]).toEqual([host, status]);
  }
});

test("a page of a listed origin may call the server", async () => {
  const env = { DEEPAAS_ALLOW_ORIGIN: "https://a.example, https://b.example" };
  await using served = await serveDeepaas([helloModule], { env });
  const from = async (origin: string) => {
    const response = await fetch(`${served.url}/v2/models/hello/predict/?x=1`, { method: "POST", headers: { origin } });
    return [response.status, response.headers.get("access-control-allow-origin")];
  };
  expect(await from("https://b.example")).toEqual([200, "https://b.example"]);
  expect(await from("https://c.example")).toEqual([403, null]);
});

test("the printed URL answers with a base path", async () => {
  await using served = await serveDeepaas([helloModule, "--base-path", "/ml/a"]);
  expect(served.url).toMatch(/\/ml\/a$/);
  const [, printed = ""] = /at (http:\S+)$/m.exec(served.said.stdout) ?? [];
  const response = await fetch(printed);
  expect([response.status, await response.json()]).toMatchObject([200, { versions: [{ id: "v2" }] }]);
});

test("--raw-predictions returns predictions without a schema as JSON, the default returns a string", async () => {
  using folder = tempFolder({ "plain.js": plainModel });
  const typeOf = async (...options: string[]) => {
    await using served = await serveDeepaas(["plain.js", ...options], { cwd: folder.path });
    const answer = await fetch(`${served.url}/v2/models/plain/predict/`, { method: "POST" });
    return typeof ((await answer.json()) as { predictions: unknown }).predictions;
  };
  expect([await typeOf(), await typeOf("--raw-predictions")]).toEqual(["string", "object"]);
});

test("--help and --version print to stdout, with exit code 0 and nothing on stderr", async () => {
  const [help, runHelp, version] = await Promise.all(
    [["--help"], ["run", "--help"], ["--version"]].map((args) => runDeepaas(args)),
  );
  expect(help).toMatchObject({
    code: 0,
    stderr: "",
    stdout: expect.stringContaining("serve models until SIGINT or SIGTERM"),
  });
  expect(runHelp).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("--listen-ip <ip>") });
  expect(version).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("an unsupported Node.js is reported in one line", async () => {
  const pretend = 'Object.defineProperty(process,"versions",{value:{...process.versions,node:"22.9.0"}})';
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretend)}` };
  expect(await runDeepaas(["--version"], { env })).toMatchObject({
    code: 1,
    stdout: "",
    stderr: "deepaas: needs Node.js 24 or newer; this is 22.9.0\n",
  });
});

test("an environment variable is an option; the command line wins, and an invalid one is refused by name", async () => {
  const run = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    runDeepaas(["run", helloModule, "--listen-port", "0", ...args], { env: { ...process.env, ...env } });
  expect(await run({ DEEPAAS_LISTEN_IP: "0.0.0.0" })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("0.0.0.0 can"),
  });
  expect(await run({ DEEPAAS_LISTEN_IP: "127.0.0.1" }, "--listen-ip", "0.0.0.0")).toMatchObject({ code: 1 });
  expect(await run({ DEEPAAS_WORKERS: "none" })).toMatchObject({
    code: 2,
    stderr: "deepaas: DEEPAAS_WORKERS: Must be a whole number from 1 to 1024, not 'none'\n",
  });
  expect(await run({ DEEPAAS_INLINE: "1" }, "--workers", "2")).toMatchObject({
    code: 2,
    stderr: "deepaas: --inline (DEEPAAS_INLINE) cannot be used with --workers (DEEPAAS_WORKERS)\n",
  });
});
