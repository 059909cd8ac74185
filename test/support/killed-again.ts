// Kills the server at random moments while trainings report and watchers watch, and checks after each start, and in the
// end, that no reported event is missing, repeated or changed. Throws an AssertionError that names the seed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectRest, connectWs } from "@deepaas/client";
import { randomFrom } from "@deepaas/conformance";
import { type Launched, launchDeepaas } from "./deepaas.ts";
import { shakyProxy } from "./shaky-proxy.ts";
import { tempFolder } from "./temp-folder.ts";
import { attemptsOf, ToldEvents } from "./told-events.ts";

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

export async function killAgainAndAgain({ kills, trainings, seed, onKill }: KillPlan): Promise<Killed> {
  using folder = tempFolder({ "counting.mjs": model });
  const random = randomFrom(seed);
  const ids = Array.from({ length: trainings }, (_, i) => `counting-${i}`);
  const told = new ToldEvents();
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
      ...ids.map((id) => told.watch(socket, id)),
      ...ids.slice(0, Math.ceil(trainings / 4)).map((id) => told.watch(rest, id)),
    ];
    // An error of a watcher ends the whole check.
    const wrong = Promise.all(watching).then(() => {});
    wrong.catch(() => {});

    for (let kill = 1; kill <= kills; kill++) {
      const server = current as Launched;
      await Promise.race([wrong, sleep(random.below(leastMs))]);
      await stop(server);
      onKill?.(kill);
      if (random.oneIn(4) && kill < kills) {
        // A second kill while it starts, warms or has just started to serve.
        const early = launch();
        current = early;
        await Promise.race([early.ready, sleep(random.below(2 * leastMs))]);
        await stop(early);
        killedWhileStarting++;
        onKill?.(++kill);
      }
      const service = await start();
      await told.checkKept(service);
    }

    writeFileSync(join(folder.path, "finish"), "");
    await wrong;
    const service = connectRest(`http://127.0.0.1:${port}`);
    let attempts = 0;
    let events = 0;
    for (const id of ids) {
      const log = await told.checkLog(service, id);
      attempts += attemptsOf(log);
      events += log.length;
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
