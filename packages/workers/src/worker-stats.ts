// What `ModelService.stats` shows of the workers.
import type { LossReason, LostWorkers, WorkerState, WorkerStats } from "@deepaas/core";
import type { WorkerProcess } from "./process.ts";
import type { WorkerSlot } from "./slot.ts";

/** Counts the workers that were lost, of all code that was served. */
export class LossCount {
  #count = 0;
  readonly #byReason: Partial<Record<LossReason, number>> = {};
  #last: Pick<LostWorkers, "reason" | "at"> = {};

  /** What a start failed with may have paths in it; the log has it. */
  add({ isReady, lossReason, exitReason = "" }: WorkerProcess): void {
    this.#count++;
    this.#byReason[lossReason] = (this.#byReason[lossReason] ?? 0) + 1;
    const reason = isReady ? exitReason : "could not be started; the server's log says why";
    this.#last = { reason, at: new Date().toISOString() };
  }

  stats(): LostWorkers {
    return { count: this.#count, byReason: { ...this.#byReason }, ...this.#last };
  }
}

/** Of every process that has not exited. */
export function statsOfSlot(slot: WorkerSlot, about: Pick<WorkerStats, "purpose" | "models">): readonly WorkerStats[] {
  return [...slot.processes].map((worker) => {
    const { id, pid, runIds, callCount, startedAt, rssBytes } = worker;
    return {
      id,
      pid,
      ...about,
      state: stateOf(worker, slot),
      runIds: [...runIds],
      calls: callCount,
      startedAt,
      ...(rssBytes !== undefined && { rssBytes }),
    };
  });
}

function stateOf(worker: WorkerProcess, slot: WorkerSlot): WorkerState {
  if (!worker.alive) return "ending";
  if (!worker.isReady) return "starting";
  if (worker.draining) return "draining";
  // One that is not the slot's worker has other weights, which are not served yet.
  if (slot.paused === worker || slot.worker !== worker) return "loading";
  return worker.calls.size > 0 ? "busy" : "idle";
}
