// An executor whose workers crash during a training.
import { DeepaasError } from "@deepaas/core";
import type { Executor, TrainCall } from "@deepaas/core/ports";

export interface WorkerCrash {
  /** The numbers of the attempts that crash. */
  readonly attempts: readonly number[];
  /** They crash when they report this step. */
  readonly atStep: number;
}

/** The crash is simulated: it aborts the signal of the training, and drops everything that the training does afterwards. */
export function crashExecutor(executor: Executor, { attempts, atStep }: WorkerCrash): Executor {
  return aroundTrain(executor, async (job, call, train) => {
    if (!attempts.includes(job.attempt)) return train(call);
    const crash = new AbortController();
    const hasCrashed = () => crash.signal.aborted;
    const rejectLost = () => Promise.reject(new DeepaasError("worker_lost", "The worker crashed."));
    const outcome = await train({
      graceMs: call.graceMs,
      signal: AbortSignal.any([call.signal, crash.signal]),
      report(progress) {
        if (!hasCrashed()) call.report(progress);
        if (progress.step === atStep) crash.abort(new DeepaasError("worker_lost", "The worker crashed."));
      },
      log: (text, level) => (hasCrashed() ? undefined : call.log(text, level)),
      checkpoint: (checkpoint) => (hasCrashed() ? rejectLost() : call.checkpoint(checkpoint)),
      artifact: (name, file, options) => (hasCrashed() ? rejectLost() : call.artifact(name, file, options)),
      publish: (file, options) => (hasCrashed() ? rejectLost() : call.publish(file, options)),
    });
    return hasCrashed() ? { ok: false, error: { code: "worker_lost", message: "The worker crashed." } } : outcome;
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
    ...(executor.prepareTrain && { prepareTrain: executor.prepareTrain.bind(executor) }),
    train: (job, call) => around(job, call, (inner) => executor.train(job, inner)),
    refresh: executor.refresh.bind(executor),
    close: executor.close.bind(executor),
  };
}
