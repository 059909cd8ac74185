// Kills the server at random moments while trainings report and watchers watch, and checks after each start, and in the
// end, that no reported event is missing, repeated or changed. Throws an AssertionError that names the seed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectRest, connectWs, keepWatching } from "@deepaas/client";
import { canonicalJson, type JsonValue, type ModelService, type RunEvent } from "@deepaas/core";
import { type Launched, launchDeepaas } from "./deepaas.ts";
import { shakyProxy } from "./shaky-proxy.ts";
import { tempFolder } from "./temp-folder.ts";

export interface KillPlan {
  readonly kills: number;
  /** Trainings at once. */
  readonly trainings: number;
  /** Of what is random. */
  readonly seed: number;
  /** Called after each kill. */
  readonly onKill?: (kills: number) => void;
}

export interface Killed {
  readonly killedWhileStarting: number;
  readonly attempts: number;
  readonly events: number;
  readonly watchers: number;
  /** Connections of watchers. */
  readonly connections: number;
}

/** Counts until a file ends it. */
const model = `
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
export const predict = () => process.pid;
export async function train(_, run) {
  const from = run.resumeFrom?.step ?? 0;
  for (let step = from + 1; !existsSync(new URL("finish", import.meta.url)); step++) {
    run.signal.throwIfAborted();
    run.report({ step });
    if (step % 20 === 0) await run.checkpoint({ step, data: { step } });
    await sleep(10);
  }
  return { from };
}`;

const leastMs = 400;
const eager = { minDelayMs: 10, maxDelayMs: 100 };

export async function killAgainAndAgain({ kills, trainings, seed, onKill }: KillPlan): Promise<Killed> {
  using folder = tempFolder({ "counting.mjs": model });
  const random = randomFrom(seed);
  const ids = Array.from({ length: trainings }, (_, i) => `counting-${i}`);
  const told = new Map(ids.map((id) => [id, [] as string[]]));
  const args = ["counting.mjs", "--shared-workers", "--train-workers", String(trainings), "--log-level", "warn"];
  const launch = () => launchDeepaas(args, { cwd: folder.path, keeps: true });
  let port = refused;
  await using proxy = await shakyProxy(() => port);
  const socket = connectWs(proxy.url);
  const rest = connectRest(proxy.url);
  let current: Launched | undefined;
  let killedWhileStarting = 0;
  try {
    const start = async () => {
      current = launch();
      port = Number(new URL(await current.ready).port);
      const service = connectRest(`http://127.0.0.1:${port}`);
      return service;
    };
    const stop = async (server: Launched) => {
      port = refused;
      await server.end("SIGKILL");
      while (server.processes().length > 0) await sleep(5);
    };

    const first = await start();
    for (const id of ids) await first.train("counting", {}, { runId: id });
    // Some runs have a second watcher, over the other transport.
    const watching = [
      ...ids.map((id) => watch(socket, id, told)),
      ...ids.slice(0, Math.ceil(trainings / 4)).map((id) => watch(rest, id, told)),
    ];
    // An error of a watcher ends the whole check.
    const wrong = Promise.all(watching).then(() => {});
    wrong.catch(() => {});

    for (let kill = 1; kill <= kills; kill++) {
      const server = current as Launched;
      await Promise.race([wrong, sleep(random() * leastMs)]);
      await stop(server);
      onKill?.(kill);
      if (random() < 0.25 && kill < kills) {
        // A second kill while it starts, warms or has just started to serve.
        const early = launch();
        current = early;
        await Promise.race([early.ready, sleep(random() * 2 * leastMs)]);
        await stop(early);
        killedWhileStarting++;
        onKill?.(++kill);
      }
      const service = await start();
      await checkKept(service, told);
    }

    writeFileSync(join(folder.path, "finish"), "");
    await wrong;
    const service = connectRest(`http://127.0.0.1:${port}`);
    let attempts = 0;
    let events = 0;
    for (const id of ids) {
      const log = await Array.fromAsync(service.watch(id));
      assert.deepEqual(
        log.map((event) => textOf(event)),
        told.get(id),
        `the log of ${id} is what was told of it`,
      );
      attempts += checkLog(log);
      events += log.length;
      assert.equal((await service.run(id)).state, "succeeded");
    }
    const { code } = await (current as Launched).end("SIGTERM");
    assert.equal(code, 0);
    assert.deepEqual((current as Launched).processes(), []);
    return { killedWhileStarting, attempts, events, watchers: watching.length, connections: proxy.connections };
  } catch (error) {
    const said = current?.said.stderr.split("\n").slice(-20).join("\n");
    throw new assert.AssertionError({ message: `seed ${seed}: ${String(error)}\n${said}` });
  } finally {
    socket.close();
    if (current) await current.end("SIGKILL");
  }
}

/** Where nobody listens. */
const refused = 1;

/** Equal for equal events. */
function textOf(event: RunEvent | undefined): string {
  return event ? canonicalJson(event as unknown as JsonValue) : "none";
}

/** Until the end of the run; all watchers must agree. */
async function watch(service: ModelService, id: string, told: ReadonlyMap<string, string[]>): Promise<void> {
  const all = told.get(id) as string[];
  let last = 0;
  for await (const event of keepWatching(service, id, eager)) {
    assert.equal(event.seq, last + 1, `a watcher of ${id} sees every event once`);
    last = event.seq;
    all[last - 1] ??= textOf(event);
    assert.equal(textOf(event), all[last - 1], `event ${last} of ${id} stays as it was`);
  }
}

/** Every event that a watcher received still exists. */
async function checkKept(service: ModelService, told: ReadonlyMap<string, readonly string[]>): Promise<void> {
  for (const [id, all] of told) {
    // Before the run is asked for: it goes on.
    const least = all.length;
    const { lastSeq } = await service.run(id);
    assert.ok(lastSeq >= least, `${id} has ${lastSeq} events, but ${least} were told`);
    if (least === 0) continue;
    const [last] = await firstOf(service.watch(id, { after: least - 1 }));
    assert.equal(textOf(last), all[least - 1], `event ${least} of ${id} stays as it was`);
  }
}

async function firstOf(events: AsyncIterable<RunEvent>): Promise<readonly RunEvent[]> {
  for await (const event of events) return [event];
  return [];
}

/** Each attempt continues from the last checkpoint and counts without a gap. Returns the number of attempts. */
function checkLog(log: readonly RunEvent[]): number {
  let attempts = 0;
  let step = 0;
  let checkpoint = 0;
  let running = false;
  for (const event of log) {
    if (event.type === "started") {
      assert.equal(running, false, "an attempt begins after the one before has ended");
      assert.equal(event.attempt, ++attempts);
      running = true;
      step = checkpoint;
    } else if (event.type === "progress") {
      assert.equal(event.step, ++step, `progress of attempt ${attempts}`);
      assert.equal(event.merged, undefined);
    } else if (event.type === "checkpoint") {
      checkpoint = event.step;
    } else if (event.type === "lost") {
      running = false;
    }
  }
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, i) => i + 1),
  );
  assert.equal(log.at(-1)?.type, "succeeded");
  return attempts;
}

/** Numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
