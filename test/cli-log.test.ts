// The log of `deepaas run`: lines of JSON with their part, and the access log.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectWs } from "@deepaas/client";
import { expect, test } from "vitest";
import { helloModule, runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { pageFolder, runPage } from "./support/page-script.ts";
import { tempFolder } from "./support/temp-folder.ts";

const loud = `
export function predict() { console.log("printed"); return 1; }
export const train = () => new Promise(() => {});
`;

const linesOf = (text: string) =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const accessLines = (text: string) => linesOf(text).filter(({ part }) => part === "access");

test("--access-log has a line for each request, also for the last ones before the end", async () => {
  await using served = await serveDeepaas([helloModule, "--access-log", "--log-level", "error"]);
  const url = `${served.url}/v2/models/hello/predict/?x=1`;
  const post = (id: string) => fetch(url, { method: "POST", headers: { "X-Request-Id": id } });
  await (await post("first")).text();
  const started = await fetch(`${served.url}/v2/models/hello/train/run-1`, { method: "PUT" });
  await started.text();
  const watch = await fetch(`${served.url}/v2/runs/run-1/events`, { headers: { accept: "text/event-stream" } });
  const service = connectWs(served.url);
  await service.predict("hello", { x: 1 }, { requestId: "call" });
  await (await post("last")).text();
  const { stderr } = await served.end();
  await watch.text().catch(() => {});
  service.close();
  const lines = accessLines(stderr);
  expect(lines.map(({ method, operation, status }) => [method, operation, status])).toEqual(
    expect.arrayContaining([
      ["POST", "predict", 200],
      ["PUT", "trainNamed", 200],
      ["GET", "connect", 101],
      [undefined, "predict", 200],
      ["GET", "runEvents", 200],
    ]),
  );
  expect(lines.find(({ requestId }) => requestId === "last")).toMatchObject({
    level: 30,
    msg: "request",
    adapter: "rest",
    path: "/v2/models/hello/predict/",
    model: "hello",
    complete: true,
  });
  expect(lines.find(({ requestId }) => requestId === "call")).toMatchObject({ adapter: "ws", model: "hello" });
});

test("--access-log goes to the file of the log, and a reader of stderr that is gone changes nothing", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "logs", "server.log");
  await using served = await serveDeepaas([helloModule, "--access-log", "--log-file", file], { cwd: folder.path });
  await fetch(`${served.url}/v2/`);
  await expect.poll(() => accessLines(readFileSync(file, "utf8"))).toHaveLength(1);
  await served.end();

  await using deaf = await serveDeepaas([helloModule, "--access-log"]);
  deaf.child.stderr?.destroy();
  for (let i = 0; i < 100; i++) await fetch(`${deaf.url}/v2/`);
  expect((await deaf.end()).code).toBe(0);
});

test("without --access-log there is none", async () => {
  await using served = await serveDeepaas([helloModule, "--log-level", "trace"]);
  await fetch(`${served.url}/v2/`);
  expect(accessLines((await served.end()).stderr)).toEqual([]);
});

test("each part has its name and its level", async () => {
  using folder = tempFolder({ "loud.mjs": loud });
  const said = async (levels: string) => {
    await using served = await serveDeepaas(["loud.mjs", "--log-level", levels], { cwd: folder.path });
    await fetch(`${served.url}/v2/models/loud/predict/`, { method: "POST" });
    await fetch(`${served.url}/v2/models/loud/train/`, { method: "POST" });
    return linesOf((await served.end()).stderr).map(({ part, msg }) => `${String(part)}: ${String(msg)}`);
  };
  const all = await said("info");
  expect(all).toEqual(expect.arrayContaining(["workers: printed", expect.stringContaining("host: ")]));
  const quiet = await said("info,workers=error");
  expect(quiet.filter((line) => line.startsWith("workers: "))).toEqual([]);
  expect(quiet).toEqual(expect.arrayContaining([expect.stringContaining("host: ")]));
  expect(await said("silent,workers=info")).toContain("workers: printed");
});

test("the page about operations shows what happens", async () => {
  using folder = pageFolder();
  const stdout = await runPage(folder, { script: "logs.sh" });
  const line = stdout.slice(stdout.indexOf('{"level"'));
  expect(JSON.parse(line)).toMatchObject({ part: "access", requestId: "my-call", model: "hello", status: 200 });
}, 30_000);

test("a part that does not exist is refused with those that do", async () => {
  const { code, stderr } = await runDeepaas(["run", helloModule, "--log-level", "info,worker=debug"]);
  expect([code, stderr]).toEqual([2, expect.stringContaining("auth, host, queue, rest, server, workers, ws")]);
});

test("a client that is still connected at the end is in the log", async () => {
  using folder = tempFolder({ "loud.mjs": loud });
  await using served = await serveDeepaas(["loud.mjs", "--access-log", "--drain-seconds", "0"], { cwd: folder.path });
  const { request } = await import("node:http");
  const upload = request(`${served.url}/v2/models/loud/predict/`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Length": 100, "X-Request-Id": "half" },
  });
  upload.on("error", () => {});
  upload.write("{");
  await once(upload, "socket");
  await fetch(`${served.url}/v2/`);
  const { stderr } = await served.end();
  expect(accessLines(stderr).filter(({ requestId }) => requestId === "half")).toHaveLength(1);
});
