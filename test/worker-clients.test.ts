// How disconnecting clients affect work in a worker, and how dying workers are reported, over real HTTP.
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { serveDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";

/** Uses the CPU until its signal is aborted; trains until there is a file named "go"; cannot be warmed without one named "sound". */
const model = `
import { existsSync, writeFileSync } from "node:fs";
export const getPredictArgs = () => ({ spin: { type: "boolean", default: false } });
export function warm() {
  if (!existsSync("sound")) process.exit(3);
}
export async function predict({ spin }, { signal }) {
  if (spin) writeFileSync("spinning", "");
  while (spin && !signal.aborted) await new Promise(setImmediate);
  if (spin) writeFileSync("stopped", signal.reason.code);
  return { pid: process.pid };
}
export async function train(_args, run) {
  run.report({ message: "begun" });
  while (!existsSync("go")) await new Promise((resolve) => setTimeout(resolve, 5));
  return { aborted: run.signal.aborted };
}`;

/** CPU time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const [, fields = ""] = /^.*\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
  const [user, system] = fields.split(" ").slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

const post = (url: string, signal?: AbortSignal) => fetch(url, { method: "POST", ...(signal && { signal }) });

/** Without a schema V2 returns a string. */
async function pidOf(url: string): Promise<number> {
  const answer = await fetch(url, { method: "POST", headers: { accept: "application/vnd.deepaas+json" } });
  return ((await answer.json()) as { pid: number }).pid;
}

test("a client that disconnects during a predict stops the model and its use of CPU", async () => {
  using folder = tempFolder({ "spinner.mjs": model, sound: "" });
  await using served = await serveDeepaas(["spinner.mjs"], { cwd: folder.path });
  const predict = `${served.url}/v2/models/spinner/predict/`;
  const pid = await pidOf(predict);
  const leave = new AbortController();
  const answer = post(`${predict}?spin=true`, leave.signal);
  await expect.poll(() => existsSync(`${folder.path}/spinning`)).toBe(true);
  const busyFrom = cpuMs(pid);
  await expect.poll(() => cpuMs(pid) - busyFrom).toBeGreaterThan(50);
  leave.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => existsSync(`${folder.path}/stopped`)).toBe(true);
  expect(readFileSync(`${folder.path}/stopped`, "utf8")).toBe("cancelled");
  // The same process takes the next call, and does nothing by itself.
  expect(await pidOf(predict)).toBe(pid);
  const idleFrom = cpuMs(pid);
  await sleep(300);
  expect(cpuMs(pid) - idleFrom).toBeLessThan(100);
});

test("watchers that disconnect stop nothing", async () => {
  using folder = tempFolder({ "spinner.mjs": model, sound: "" });
  await using served = await serveDeepaas(["spinner.mjs"], { cwd: folder.path });
  const { uuid } = (await (await post(`${served.url}/v2/models/spinner/train/`)).json()) as { uuid: string };
  const events = `${served.url}/v2/runs/${uuid}/events`;
  const leave = new AbortController();
  const sse = await fetch(events, { headers: { accept: "text/event-stream" }, signal: leave.signal });
  const reader = sse.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"queued"');
  const ws = new WebSocket(events.replace("http", "ws"));
  // Several events may arrive at once.
  await new Promise<void>((resolve) => {
    ws.on("message", (data) => String(data).includes("begun") && resolve());
  });
  leave.abort();
  ws.terminate();
  await once(ws, "close");
  // An adapter that would react to it has done so when it answers this.
  expect(await (await fetch(`${served.url}/v2/runs/${uuid}`)).json()).toMatchObject({ state: "running" });
  writeFileSync(`${folder.path}/go`, "");
  const state = async () => (await (await fetch(`${served.url}/v2/runs/${uuid}`)).json()) as { state: string };
  await expect.poll(state).toMatchObject({ state: "succeeded", result: { aborted: false } });
});

test("readiness is degraded, with the reason, while workers keep dying", async () => {
  using folder = tempFolder({ "spinner.mjs": model, sound: "" });
  await using served = await serveDeepaas(["spinner.mjs"], { cwd: folder.path });
  const readiness = async () => (await fetch(`${served.url}/health/ready`)).json();
  const predict = `${served.url}/v2/models/spinner/predict/`;
  expect(await readiness()).toEqual({ status: "ready", reasons: [] });
  const pid = await pidOf(predict);
  rmSync(`${folder.path}/sound`);
  process.kill(pid, "SIGKILL");
  const reason = expect.stringMatching(/^worker lost \d+ times in a row: exited with code 3$/);
  await expect.poll(readiness).toEqual({ status: "degraded", reasons: [reason] });
  expect((await post(predict)).status).toBe(503);
  expect((await fetch(`${served.url}/health/live`)).status).toBe(200);
  writeFileSync(`${folder.path}/sound`, "");
  await expect.poll(async () => (await post(predict)).status).toBe(200);
  await expect.poll(readiness).toEqual({ status: "ready", reasons: [] });
});
