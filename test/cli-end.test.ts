import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { helloModule, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** Answers once the file named by its argument exists. Leaves a timer running, as careless models do. */
const slowModel = `
import { existsSync } from "node:fs";
setInterval(() => {}, 1_000_000);
export const getPredictArgs = () => ({ until: { type: "string" } });
export async function predict({ until }) {
  console.error("predicting");
  while (!existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 5));
  return { done: true };
}
export const train = () => Promise.reject(new Error("no"));
setTimeout(() => Promise.reject(new Error("unhandled promise rejection")), 1);
`;

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "%s ends the server in order, with 0, whoever is connected, and leaves no process",
  async (signal) => {
    await using served = await serveDeepaas([helloModule]);
    const { port } = served;
    const started = await fetch(`${served.url}/v2/models/hello/train/`, { method: "POST" });
    const { uuid } = (await started.json()) as { uuid: string };
    const ws = new WebSocket(`ws://127.0.0.1:${port}/v2/runs/${uuid}/events`);
    await once(ws, "message");
    const sse = await fetch(`${served.url}/v2/runs/${uuid}/events`, { headers: { accept: "text/event-stream" } });
    const idle = connect(port, "127.0.0.1");
    idle.on("error", () => {});
    await once(idle, "connect");
    // The server, a worker that predicts and one that trains.
    expect(served.processes()).toHaveLength(3);
    const closed = once(ws, "close");
    expect(await served.end(signal)).toMatchObject({ code: 0, signal: null });
    expect((await closed)[0]).toBe(1012);
    await sse.text().catch(() => {});
    expect(served.processes()).toEqual([]);
    await expect(fetch(served.url)).rejects.toThrow();
  },
);

test("a predict in progress is answered before the server exits", async () => {
  using folder = tempFolder({ "slow.mjs": slowModel });
  await using served = await serveDeepaas(["slow.mjs"], { cwd: folder.path });
  const answer = fetch(`${served.url}/v2/models/slow/predict/?until=go`, { method: "POST" });
  await expect.poll(() => served.said.stderr).toContain("predicting");
  served.child.kill("SIGTERM");
  await expect.poll(() => fetch(`${served.url}/health/live`).catch(() => "refused")).toBe("refused");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(`${folder.path}/go`, "");
  expect((await answer).status).toBe(200);
  expect((await served.ended).code).toBe(0);
});

test("a request whose body is still arriving is answered before the server exits", async () => {
  await using served = await serveDeepaas([helloModule]);
  const body = JSON.stringify({ x: 21 });
  const call = request(`${served.url}/v2/models/hello/predict/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": body.length },
  });
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  call.write(body.slice(0, 5));
  await once(call, "socket");
  // The server has the request when it answers a later one.
  expect((await fetch(`${served.url}/health/live`)).status).toBe(200);
  served.child.kill("SIGTERM");
  await expect.poll(() => fetch(`${served.url}/health/live`).catch(() => "refused")).toBe("refused");
  call.end(body.slice(5));
  const [response] = await answered;
  response.resume();
  expect(response.statusCode).toBe(200);
  expect((await served.ended).code).toBe(0);
});

test("a body that never arrives holds a shutdown for --drain-seconds at most", async () => {
  await using served = await serveDeepaas([helloModule, "--drain-seconds", "0.1"]);
  const call = request(`${served.url}/v2/models/hello/predict/`, { method: "POST", headers: { "Content-Length": 10 } });
  call.on("error", () => {});
  call.write("{");
  await once(call, "socket");
  expect((await fetch(`${served.url}/health/live`)).status).toBe(200);
  expect(await served.end("SIGTERM")).toMatchObject({ code: 0 });
});

test("--drain-seconds limits how long a shutdown waits for a predict", async () => {
  using folder = tempFolder({ "slow.mjs": slowModel });
  await using served = await serveDeepaas(["slow.mjs", "--drain-seconds", "0"], { cwd: folder.path });
  const answer = fetch(`${served.url}/v2/models/slow/predict/?until=never`, { method: "POST" });
  await expect.poll(() => served.said.stderr).toContain("predicting");
  expect((await served.end()).code).toBe(0);
  expect(
    await answer.then(
      ({ status }) => status,
      () => "cut",
    ),
  ).toSatisfy((was) => was === 503 || was === "cut");
});

test.each([
  ["SIGTERM", 143],
  ["SIGINT", 130],
  ["SIGHUP", 129],
] as const)("a second %s ends it at once, with %i", async (signal, code) => {
  using folder = tempFolder({ "slow.mjs": slowModel });
  await using served = await serveDeepaas(["slow.mjs"], { cwd: folder.path });
  const call = request(`${served.url}/v2/models/slow/predict/?until=never`, { method: "POST" }).end();
  call.on("error", () => {});
  await expect.poll(() => served.said.stderr).toContain("predicting");
  served.child.kill("SIGTERM");
  await expect.poll(() => fetch(`${served.url}/health/live`).catch(() => "refused")).toBe("refused");
  expect(await served.end(signal)).toMatchObject({ code, signal: null });
  await expect.poll(() => served.processes()).toEqual([]);
});

test("an unhandled promise rejection of a model is logged, and the server keeps running", async () => {
  using folder = tempFolder({ "slow.mjs": slowModel });
  await using served = await serveDeepaas(["slow.mjs"], { cwd: folder.path });
  await expect.poll(() => served.said.stderr).toContain("unhandled promise rejection");
  expect((await fetch(`${served.url}/health/ready`)).status).toBe(200);
});

test("the server keeps running when the reader of its output exits", async () => {
  using folder = tempFolder({
    "loud.mjs": "export const predict = () => { console.log(1); console.error(2); throw new Error(); };",
  });
  await using served = await serveDeepaas(["loud.mjs"], { cwd: folder.path });
  served.child.stdout?.destroy();
  served.child.stderr?.destroy();
  for (let calls = 0; calls < 3; calls++) {
    expect((await fetch(`${served.url}/v2/models/loud/predict/`, { method: "POST" })).status).toBe(500);
  }
  expect((await served.end()).code).toBe(0);
});

test("--log-level silent logs nothing", async () => {
  using folder = tempFolder({ "slow.mjs": slowModel });
  await using served = await serveDeepaas(["slow.mjs", "--log-level", "silent"], { cwd: folder.path });
  expect((await fetch(`${served.url}/health/ready`)).status).toBe(200);
  expect(await served.end()).toMatchObject({ code: 0, stderr: "" });
});

test("workers exit when their server is killed", async () => {
  await using served = await serveDeepaas([helloModule, "--workers", "2"]);
  expect(served.processes()).toHaveLength(3);
  await served.end("SIGKILL");
  while (served.processes().length > 0) await new Promise(setImmediate);
});

test.each([
  ["--workers 3", 4],
  ["--inline", 1],
])("with %s there are %i processes", async (options, count) => {
  await using served = await serveDeepaas([helloModule, ...options.split(" ")]);
  expect(served.processes()).toHaveLength(count);
  expect(await served.end("SIGTERM")).toMatchObject({ code: 0 });
  expect(served.processes()).toEqual([]);
});

test.each([
  ["--train-workers=2", 4],
  ["--shared-workers", 2],
])("with %s and two trainings there are %i processes", async (option, count) => {
  await using served = await serveDeepaas([helloModule, option]);
  for (let i = 0; i < 2; i++) await fetch(`${served.url}/v2/models/hello/train/`, { method: "POST" });
  // After its first report its process exists, or it runs in the shared one.
  const reported = async () => {
    const answer = await fetch(`${served.url}/v2/runs?state=running`);
    const { items } = (await answer.json()) as { items: { progress?: object }[] };
    return items.filter(({ progress }) => progress).length;
  };
  while ((await reported()) < (option === "--shared-workers" ? 1 : 2));
  expect(served.processes()).toHaveLength(count);
});
