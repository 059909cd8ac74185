// An executor whose workers die in the middle of a training.
import { DeepaasError } from "@deepaas/core";
import type { Executor, TrainCall } from "@deepaas/core/ports";

export interface WorkerCrash {
  /** The attempts that die. */
  readonly attempts: readonly number[];
  /** They die when they report this step. */
  readonly atStep: number;
}

/** The work is stopped by its signal, so it must heed that; nothing that it says after the crash gets out. */
export function crashExecutor(executor: Executor, { attempts, atStep }: WorkerCrash): Executor {
  return aroundTrain(executor, async (job, call, train) => {
    if (!attempts.includes(job.attempt)) return train(call);
    const crash = new AbortController();
    const dead = () => crash.signal.aborted;
    const gone = () => Promise.reject(new DeepaasError("worker_lost", "The worker is dead."));
    const outcome = await train({
      graceMs: call.graceMs,
      signal: AbortSignal.any([call.signal, crash.signal]),
      report(progress) {
        if (!dead()) call.report(progress);
        if (progress.step === atStep) crash.abort(new DeepaasError("worker_lost", "The worker died."));
      },
      log: (text, level) => (dead() ? undefined : call.log(text, level)),
      checkpoint: (checkpoint) => (dead() ? gone() : call.checkpoint(checkpoint)),
      artifact: (name, file, options) => (dead() ? gone() : call.artifact(name, file, options)),
      publish: (file, options) => (dead() ? gone() : call.publish(file, options)),
    });
    return dead() ? { ok: false, error: { code: "worker_lost", message: "The worker died." } } : outcome;
  });
}

type Train = Executor["train"];
type Job = Parameters<Train>[0];

function aroundTrain(
  executor: Executor,
  around: (job: Job, call: TrainCall, train: (call: TrainCall) => ReturnType<Train>) => ReturnType<Train>,
): Executor {
  return {
    slots: executor.slots,
    warm: executor.warm.bind(executor),
    status: executor.status.bind(executor),
    predict: executor.predict.bind(executor),
    predictBatch: executor.predictBatch.bind(executor),
    predictStream: executor.predictStream.bind(executor),
    train: (job, call) => around(job, call, (inner) => executor.train(job, inner)),
    refresh: executor.refresh.bind(executor),
    close: executor.close.bind(executor),
  };
}
