// A training on a worker: passes what the model reports to the run, and the result of each save back to the model.
import { DeepaasError, errorDataFrom } from "@deepaas/core";
import {
  checkPublishOptions,
  type Outcome,
  type PrepareOptions,
  type TrainCall,
  type TrainJob,
} from "@deepaas/core/ports";
import { forwardAbort, outcomeOf, sendOrFail } from "./calls.ts";
import type { SaveMessage, TrainMessage } from "./messages.ts";
import type { WorkerOutput } from "./output.ts";
import { type Acquired, isWorker, type WorkerPool } from "./pool.ts";
import type { WorkerProcess } from "./process.ts";
import type { SharedFolder } from "./shared-folder.ts";

export interface TrainingRequest {
  readonly job: TrainJob;
  readonly call: TrainCall;
}

export interface TrainingOptions {
  readonly folder: SharedFolder;
  readonly output: WorkerOutput;
  /** 0: no limit. */
  readonly stallMs: number;
}

export interface PreparedTraining {
  /** The worker that is held for the training, or why there is none. */
  readonly worker: Acquired;
  /** The training is in flight on the worker, which keeps it busy. */
  begun(): void;
  /** Further calls do nothing. */
  release(): void;
}

/** Resolves when the pool has a worker for a training, or has none to give. */
export async function prepareTraining(pool: WorkerPool, { signal, onWait }: PrepareOptions): Promise<PreparedTraining> {
  const acquiring = pool.acquire("train", signal);
  const told = acquiring instanceof Promise ? onWait() : undefined;
  const worker = await acquiring;
  const unhold = isWorker(worker) ? worker.hold() : () => {};
  await told;
  let released = false;
  return {
    worker,
    begun: unhold,
    release() {
      if (released) return;
      released = true;
      unhold();
      if (isWorker(worker)) pool.release(worker, "train");
    },
  };
}

/** Resolves when the work has stopped and everything that it printed is in the run's log. */
export async function trainOn(
  worker: WorkerProcess,
  { job, call }: TrainingRequest,
  { folder, output, stallMs }: TrainingOptions,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  /** The model reports its progress itself. */
  let reports = false;
  const stallTimer = stallMs === 0 ? undefined : setTimeout(onStall, stallMs);
  function onStall() {
    worker.kill(`the training reported nothing for ${stallMs} ms`, { loss: "stalled" });
  }
  const id = worker.addCall({
    onMessage(message) {
      stallTimer?.refresh();
      if (message.type === "report") {
        reports = true;
        call.report(message.progress);
      } else if (message.type === "log") call.log(message.text, message.level);
      else if (message.type === "save") void save(message, call, worker);
      else resolve(outcomeOf(message));
    },
    onLost: (error) => resolve({ ok: false, error }),
  });
  const printed = { log: logOf(call, () => reports) };
  output.runs.add(printed);
  worker.runIds.add(job.runId);
  const paths = await sendOrFail(worker, trainMessage(id, job), (answer) => resolve(outcomeOf(answer)));
  const stopWatching = forwardAbort(worker, id, call);
  const outcome = await promise;
  clearTimeout(stallTimer);
  stopWatching();
  worker.removeCall(id);
  await readToEnd(output);
  output.runs.delete(printed);
  worker.runIds.delete(job.runId);
  folder.delete(paths);
  return outcome;
}

/** A line of the log. One with a progress bar of tqdm is also progress, unless the model reports itself. */
function logOf(call: TrainCall, reports: () => boolean): TrainCall["log"] {
  return (text, level) => {
    call.log(text, level);
    const [, step, total] = reports() ? [] : (/\d%\|[^|]*\| *(\d+)\/(\d+)(?![\w.])/.exec(text) ?? []);
    if (step !== undefined) call.report({ step: Number(step), total: Number(total) });
  };
}

function trainMessage(id: number, { resumeFrom, ...job }: TrainJob): TrainMessage {
  return { type: "train", id, ...job, resumeFrom: resumeFrom ?? null };
}

/** The worker flushed stdout and stderr before it sent the outcome: two turns of the event loop without data are the end. */
async function readToEnd(output: WorkerOutput): Promise<void> {
  for (let quietTurns = 0; quietTurns < 2; ) {
    const before = output.chunks;
    await new Promise(setImmediate);
    quietTurns = output.chunks === before ? quietTurns + 1 : 0;
  }
  output.flush();
}

async function save(message: SaveMessage, call: TrainCall, worker: WorkerProcess): Promise<void> {
  const { id, n } = message;
  try {
    await saveTo(call, message);
    worker.sendPlain({ type: "saved", id, n });
  } catch (error) {
    worker.sendPlain({ type: "saved", id, n, error: errorDataFrom(error, "It could not be saved.") });
  }
}

function saveTo(call: TrainCall, message: SaveMessage): Promise<void> {
  switch (message.what) {
    case "publish":
      checkPublishOptions(message.options);
      return call.publish(message.file, message.options);
    case "artifact":
      return call.artifact(message.name, message.file, { contentType: message.file.contentType });
    case "checkpoint": {
      const { step, data, file } = message;
      return call.checkpoint({ step, ...(data !== undefined && { data }), ...(file !== undefined && { file }) });
    }
    default:
      throw new DeepaasError("invalid_args", "Unknown kind of save request.");
  }
}
