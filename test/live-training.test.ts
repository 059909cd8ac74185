import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "@deepaas/core";
import { expect, test } from "vitest";
import { helloModule, serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

const watcher = fileURLToPath(new URL("./support/watch-run.mjs", import.meta.url));

type Line = RunEvent | { readonly code: number };

/** Each line as the other process prints it. */
async function* watchFromOutside(url: string, runId: string): AsyncGenerator<Line> {
  const address = `${url.replace("http", "ws")}/v2/runs/${runId}/events`;
  const child = spawn(process.execPath, [watcher, address], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Line;
  } finally {
    child.kill();
  }
}

/** Each predict in the same process lets its training make one step, so that no test depends on speed. */
const steppingModule = `
let proceed = () => {};
export const getTrainArgs = () => ({ steps: { type: "integer", default: 2 } });
export const predict = () => proceed();
export async function train({ steps }, run) {
  for (let step = 1; step <= steps; step++) {
    run.report({ step, total: steps, metrics: { loss: 1 / step } });
    await new Promise((resolve, reject) => {
      proceed = resolve;
      run.signal.addEventListener("abort", () => reject(run.signal.reason));
    });
  }
  return { steps };
}`;

async function train(url: string, model: string, args: object = {}): Promise<string> {
  const answer = await fetch(`${url}/v2/models/${model}/train/`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(args),
  });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { uuid: string }).uuid;
}

test("a training started over REST is watched from another process while it runs, to its end", async () => {
  using folder = tempFolder({ "stepping.mjs": steppingModule });
  await using served = await serveDeepaas(["stepping.mjs", "--shared-workers"], { cwd: folder.path });
  const { url } = served;
  const id = await train(url, "stepping");
  const seen: Line[] = [];
  for await (const line of watchFromOutside(url, id)) {
    seen.push(line);
    if (!("type" in line) || line.type !== "progress") continue;
    // It waits until the other process has reported that it saw this step.
    expect(await (await fetch(`${url}/v2/runs/${id}`)).json()).toMatchObject({ state: "running" });
    expect((await fetch(`${url}/v2/models/stepping/predict/`, { method: "POST" })).status).toBe(200);
  }
  expect(seen).toMatchObject([
    { type: "queued" },
    { type: "started" },
    { type: "progress", step: 1, metrics: { loss: 1 } },
    { type: "progress", step: 2, metrics: { loss: 0.5 } },
    { type: "succeeded", result: { steps: 2 } },
    { code: 1000 },
  ]);
});

test("a watcher sees within a second that a training was cancelled over REST", async () => {
  await using served = await serveDeepaas([helloModule]);
  const { url } = served;
  const id = await train(url, "hello", { epochs: 100_000 });
  let cancelledAt = Number.NaN;
  const seen: Line[] = [];
  for await (const line of watchFromOutside(url, id)) {
    seen.push(line);
    if (!("type" in line)) continue;
    if (line.type === "cancelled") expect(performance.now() - cancelledAt).toBeLessThan(1_000);
    if (line.type !== "progress" || !Number.isNaN(cancelledAt)) continue;
    cancelledAt = performance.now();
    expect((await fetch(`${url}/v2/runs/${id}/cancel`, { method: "POST" })).ok).toBe(true);
  }
  expect(seen.slice(-2)).toMatchObject([{ type: "cancelled" }, { code: 1000 }]);
});

test("a server that shuts down closes its watchers with 1012, so that they reconnect", async () => {
  await using served = await serveDeepaas([helloModule]);
  const id = await train(served.url, "hello", { epochs: 100_000 });
  const seen: Line[] = [];
  for await (const line of watchFromOutside(served.url, id)) {
    seen.push(line);
    if (seen.length === 3) served.child.kill("SIGTERM");
  }
  expect(seen.slice(-2)).toMatchObject([{ type: "lost", reason: "shutdown" }, { code: 1012 }]);
  expect((await served.ended).code).toBe(0);
});
