// Trainings when the server or a worker dies or is shut down, with the real command and its workers.
import { writeFileSync } from "node:fs";
import { connectRest, connectWs, keepWatching } from "@deepaas/client";
import { isTerminal, type Run, type RunEvent } from "@deepaas/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Served, serveDeepaas } from "./support/deepaas.ts";
import { lastingModule, letPass } from "./support/lasting-model.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";
import { tempFolder } from "./support/temp-folder.ts";

// Several servers start one after the other, and the machine may be slow.
vi.setConfig({ testTimeout: 60_000 });

const serve = (folder: string, ...more: readonly string[]) =>
  serveDeepaas(["lasting.mjs", ...more], { cwd: folder, keeps: true });

const runOf = (served: Served, id: string): Promise<Run> => connectRest(served.url).run(id);
const stateOf = async (served: Served, id: string) => (await runOf(served, id)).state;
const eventsOf = (served: Served, id: string): Promise<RunEvent[]> =>
  Array.fromAsync(connectRest(served.url).watch(id));
const typesOf = (events: readonly RunEvent[]) => events.map(({ type }) => type);
/** Without what the model prints, which arrives by another channel than its reports. */
const storyOf = (events: readonly RunEvent[]) => typesOf(events.filter(({ type }) => type !== "log"));

async function reaches(served: Served, id: string, step: number): Promise<void> {
  await expect.poll(async () => (await runOf(served, id)).checkpoint?.step).toBe(step);
}

/** Every process of it is gone. */
async function kill(served: Served): Promise<void> {
  await served.end("SIGKILL");
  await expect.poll(() => served.processes()).toEqual([]);
}

test("a training continues from its checkpoint after kill -9, its watchers see every event once, and its weights are served", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  let served = await serve(folder.path);
  await using proxy = await shakyProxy(() => served.port);
  const socket = connectWs(proxy.url);
  try {
    await socket.train("lasting", { steps: 3 }, { runId: "lasts" });
    const eager = { minDelayMs: 10, maxDelayMs: 100 };
    const watched = [socket, connectRest(proxy.url)].map((service) =>
      Array.fromAsync(keepWatching(service, "lasts", eager)),
    );
    letPass(folder.path, 1, 1);
    await reaches(served, "lasts", 2);
    await kill(served);

    served = await serve(folder.path);
    letPass(folder.path, 2, 3);
    for (const events of await Promise.all(watched)) {
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      expect(storyOf(events)).toEqual([
        ...["queued", "started", "progress", "checkpoint", "progress", "checkpoint", "lost"],
        ...["started", "progress", "checkpoint", "artifact", "published", "succeeded"],
      ]);
      expect(events.at(-1)).toMatchObject({ result: { attempt: 2, from: 2 } });
    }
    expect(await socket.predict("lasting", {})).toMatchObject({ weights: "trained by lasts" });
    await kill(served);

    served = await serve(folder.path);
    expect(await connectRest(served.url).predict("lasting", {})).toMatchObject({ weights: "trained by lasts" });
    expect(await (await connectRest(served.url).artifact("lasts", "told.txt")).text()).toBe("attempt 2");
    expect(await stateOf(served, "lasts")).toBe("succeeded");
  } finally {
    socket.close();
    await kill(served);
  }
});

test("a training that SIGTERM stops is lost, and continues at the next start", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  await using first = await serve(folder.path);
  await connectRest(first.url).train("lasting", {}, { runId: "waits" });
  await reaches(first, "waits", 1);
  expect((await first.end("SIGTERM")).code).toBe(0);
  letPass(folder.path, 1, 3);
  await using second = await serve(folder.path);
  const events = await eventsOf(second, "waits");
  expect(events.find(({ type }) => type === "lost")).toMatchObject({ reason: "shutdown" });
  expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { attempt: 2, from: 1 } });
});

test("shutdowns do not count as failures: a fourth attempt without a new checkpoint starts", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  for (let start = 1; start <= 3; start++) {
    await using served = await serve(folder.path);
    await connectRest(served.url).train("lasting", { steps: 1, waits: true }, { runId: "patient" });
    if (start === 1) await reaches(served, "patient", 1);
    await expect.poll(async () => (await runOf(served, "patient")).attempt).toBe(start);
    expect((await served.end("SIGTERM")).code).toBe(0);
  }
  letPass(folder.path, 0, 1);
  await using last = await serve(folder.path);
  expect((await eventsOf(last, "patient")).at(-1)).toMatchObject({ type: "succeeded", result: { attempt: 4 } });
});

test("a training that was being stopped when the server was killed is cancelled, and never runs again", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  await using first = await serve(folder.path);
  await connectRest(first.url).train("lasting", { deaf: true }, { runId: "stops" });
  await reaches(first, "stops", 1);
  expect((await connectRest(first.url).cancel("stops")).state).toBe("stopping");
  await kill(first);
  letPass(folder.path, 1, 3);
  await using second = await serve(folder.path);
  const events = await eventsOf(second, "stops");
  expect(storyOf(events)).toEqual(["queued", "started", "progress", "checkpoint", "stopping", "cancelled"]);
  // Another run ends meanwhile, so there would have been time.
  await connectRest(second.url).train("lasting", {}, { runId: "next" });
  expect((await eventsOf(second, "next")).at(-1)?.type).toBe("succeeded");
  expect(await eventsOf(second, "stops")).toEqual(events);
});

test("queued trainings survive a kill, and run in their order", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  const ids = ["one", "two", "three"];
  await using first = await serve(folder.path);
  for (const id of ids) await connectRest(first.url).train("lasting", { steps: 1 }, { runId: id });
  await reaches(first, "one", 1);
  expect(await Promise.all(ids.map((id) => stateOf(first, id)))).toEqual(["running", "queued", "queued"]);
  await kill(first);
  letPass(folder.path, 1, 1);
  await using second = await serve(folder.path);
  const logs = await Promise.all(ids.map((id) => eventsOf(second, id)));
  expect(logs.map((events) => events.at(-1)?.type)).toEqual(["succeeded", "succeeded", "succeeded"]);
  const begun = logs.map((events) => events.findLast(({ type }) => type === "started")?.at ?? "");
  expect(begun).toEqual(begun.toSorted((a, b) => a.localeCompare(b)));
});

test('a training of a model with resume "never" fails with worker_lost', async () => {
  const head = 'export const resume = "never";';
  using folder = tempFolder({ "lasting.mjs": lastingModule(head) });
  await using first = await serve(folder.path);
  await connectRest(first.url).train("lasting", {}, { runId: "once" });
  await reaches(first, "once", 1);
  await kill(first);
  letPass(folder.path, 1, 3);
  await using second = await serve(folder.path);
  const events = await eventsOf(second, "once");
  expect(storyOf(events).slice(0, 5)).toEqual(["queued", "started", "progress", "checkpoint", "lost"]);
  expect(events.at(-1)).toMatchObject({ type: "failed", error: { code: "worker_lost" } });
  expect(events.filter(({ type }) => type === "progress")).toHaveLength(1);
});

test("a training whose model has another version starts over, and its log says why", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  await using first = await serve(folder.path);
  await connectRest(first.url).train("lasting", {}, { runId: "changed" });
  letPass(folder.path, 1, 1);
  await reaches(first, "changed", 2);
  await kill(first);
  writeFileSync(`${folder.path}/lasting.mjs`, lastingModule('export const getMetadata = () => ({ version: "2" });'));
  letPass(folder.path, 2, 3);
  await using second = await serve(folder.path);
  const events = await eventsOf(second, "changed");
  expect(events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("\n")).toContain(
    "The checkpoint of step 2 is not used: its model had version 1, and now has 2.",
  );
  expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { attempt: 2, from: 0 } });
});

test("a worker of an earlier attempt that resumes changes nothing, and exits", async () => {
  using folder = tempFolder({ "lasting.mjs": lastingModule() });
  await using first = await serve(folder.path);
  await connectRest(first.url).train("lasting", {}, { runId: "asleep" });
  await reaches(first, "asleep", 1);
  const { pid: predicting } = (await connectRest(first.url).predict("lasting", {})) as { pid: number };
  const training = first.processes().find((pid) => pid !== first.child.pid && pid !== predicting) as number;
  // What it prints comes by another channel than its checkpoint.
  for await (const event of connectRest(first.url).watch("asleep")) if (event.type === "log") break;
  process.kill(training, "SIGSTOP");
  // Stopped, it would outlive a test that fails.
  onTestFinished(() => {
    for (const pid of first.processes()) process.kill(pid, "SIGKILL");
  });
  await first.end("SIGKILL");
  // It sleeps, so it does not notice that its server has exited.
  await expect.poll(() => first.processes()).toEqual([training]);
  await using second = await serve(folder.path);
  await expect.poll(async () => (await runOf(second, "asleep")).attempt).toBe(2);
  letPass(folder.path, 1, 3);
  process.kill(training, "SIGCONT");
  await expect.poll(() => first.processes()).toEqual([]);
  const events = await eventsOf(second, "asleep");
  expect(isTerminal(events.at(-1)?.type ?? "queued")).toBe(true);
  expect(events.flatMap((event) => (event.type === "started" ? [event.attempt] : []))).toEqual([1, 2]);
  expect(events.flatMap((event) => (event.type === "progress" ? [event.step] : []))).toEqual([1, 2, 3]);
  const told = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
  expect(told.filter((text) => text.startsWith(`pid ${training} `))).toEqual([`pid ${training} at step 1`]);
});
