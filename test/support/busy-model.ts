// A model whose trainings write much in little time: reports, checkpoints with files, artifacts and weights.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connectRest } from "@deepaas/client";
import type { Served } from "./deepaas.ts";

/** A training that goes on from a checkpoint fails if its file is not the one that was kept. */
export const busyModule = `
import { setTimeout as sleep } from "node:timers/promises";
let weights = "shipped";
export const warm = async ({ published }) => { if (published) weights = await published.text(); };
export const predict = () => weights;
const fileAt = (run, step) => (run.runId + " at " + step + "\\n").repeat(500);
export async function train(_, run) {
  const from = run.resumeFrom?.step ?? 0;
  if (from > 0 && (await run.resumeFrom.file.text()) !== fileAt(run, from)) throw new Error("another file");
  for (let step = from + 1; step <= 20; step++) {
    run.signal.throwIfAborted();
    run.report({ step, total: 20 });
    // Before the checkpoint: the next attempt does not repeat what is before that.
    if (step % 5 === 0) await run.artifact("at-" + step, Buffer.from(run.runId + " at " + step));
    await run.checkpoint({ step, data: { step }, file: Buffer.from(fileAt(run, step)) });
    await sleep(5);
  }
  await run.publish(Buffer.from("trained by " + run.runId));
}`;

export interface Load {
  /** Ids of runs that have ended. */
  readonly ended: readonly string[];
  stop(): Promise<void>;
}

/** Trains without a pause, several at a time, and removes every third run. */
export function startLoad(served: Served, trainings: number): Load {
  const service = connectRest(served.url);
  const ended: string[] = [];
  let goesOn = true;
  const trainAgainAndAgain = async (who: number) => {
    for (let n = 1; goesOn; n++) {
      const id = `run-${who}-${n}`;
      await service.train("busy", {}, { runId: id });
      await Array.fromAsync(service.watch(id));
      ended.push(id);
      // Retention may have removed it before.
      if (n % 3 === 0) await service.remove(id).catch(() => {});
    }
  };
  const all = Promise.all(Array.from({ length: trainings }, (_, who) => trainAgainAndAgain(who)));
  all.catch(() => {});
  return {
    ended,
    async stop() {
      goesOn = false;
      await all;
    },
  };
}

/**
 * Waits for the ends of all runs, and checks their logs, artifacts and all weights versions. Throws an AssertionError. Returns the numbers of runs, and of
 * those that had more than one attempt.
 */
export async function checkBusyServer({ url }: Served): Promise<{ readonly runs: number; readonly resumed: number }> {
  const service = connectRest(url);
  const { items } = await service.runs();
  let resumed = 0;
  for (const { id } of items) {
    const log = await Array.fromAsync(service.watch(id));
    assert.deepEqual(
      log.map(({ seq }) => seq),
      log.map((_, i) => i + 1),
    );
    assert.deepEqual([id, log.at(-1)?.type], [id, "succeeded"]);
    const steps = new Set(log.flatMap((event) => (event.type === "progress" ? [event.step] : [])));
    assert.equal(steps.size, 20);
    for (const step of [5, 10, 15, 20]) {
      assert.equal(await (await service.artifact(id, `at-${step}`)).text(), `${id} at ${step}`);
    }
    const { attempt } = await service.run(id);
    if (attempt > 1) resumed++;
  }
  const { served, versions } = await service.versions("busy");
  assert.ok(versions.some(({ number }) => number === served));
  for (const { number, sha256, runId } of versions) {
    await service.serveVersion("busy", number);
    const weights = await service.predict("busy", {});
    assert.equal(weights, number === 0 ? "shipped" : `trained by ${runId}`);
    if (number > 0) assert.equal(createHash("sha256").update(String(weights)).digest("hex"), sha256);
  }
  return { runs: items.length, resumed };
}
