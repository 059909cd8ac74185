// A training on a worker: what the model says there goes to the run, and what the run cannot keep is told to the model.
import { errorDataFrom, type FileSource, type ModelFile, type Progress } from "@deepaas/core";
import type { Outcome, TrainCall, TrainJob } from "@deepaas/core/ports";
import type { FromWorker } from "./messages.ts";
import type { PrivateFolder } from "./private-folder.ts";
import { outcomeOf, sendSafely, watch } from "./worker-calls.ts";
import type { WorkerOutput } from "./worker-output.ts";
import type { WorkerProcess } from "./worker-process.ts";

type Keep = Extract<FromWorker, { type: "keep" }>;

export interface TrainOptions {
  readonly folder: PrivateFolder;
  readonly output: WorkerOutput;
  /** 0: never. */
  readonly stallMs: number;
}

/** Resolves when the work has stopped, and all that it printed is in the run's log. */
export async function trainOn(
  worker: WorkerProcess,
  { job, call }: { readonly job: TrainJob; readonly call: TrainCall },
  { folder, output, stallMs }: TrainOptions,
): Promise<Outcome> {
  const { runId, model, args, attempt, resumeFrom = null } = job;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const stalled = stallMs === 0 ? undefined : setTimeout(onStall, stallMs);
  function onStall() {
    worker.kill(`the training reported nothing for ${stallMs} ms`);
  }
  const id = worker.begin({
    receive(message) {
      stalled?.refresh();
      if (message.type === "report") call.report(progressOf(message.progress));
      else if (message.type === "log") call.log(message.text, message.level);
      else if (message.type === "keep") void keep(message, call, worker);
      else resolve(outcomeOf(message));
    },
    lost: (error) => resolve({ ok: false, error }),
  });
  output.runs.add(call);
  const message = { type: "train", id, runId, model, args, attempt, resumeFrom } as const;
  const paths = await sendSafely(worker, message, (answer) => resolve(outcomeOf(answer)));
  const stopWatching = watch(worker, id, call);
  const outcome = await promise;
  clearTimeout(stalled);
  stopWatching();
  worker.forget(id);
  await readOut(output);
  output.runs.delete(call);
  folder.delete(paths);
  return outcome;
}

/** What was printed before the outcome was sent lies in other pipes, but it is here: two turns without more, and it is read. */
async function readOut(output: WorkerOutput): Promise<void> {
  for (let quiet = 0; quiet < 2; ) {
    const before = output.seen;
    await new Promise(setImmediate);
    quiet = output.seen === before ? quiet + 1 : 0;
  }
  output.flush();
}

async function keep(message: Keep, call: TrainCall, worker: WorkerProcess): Promise<void> {
  const { id, n } = message;
  try {
    await kept(message, call);
    worker.tell({ type: "kept", id, n });
  } catch (error) {
    const data = errorDataFrom(error, "It could not be kept.");
    worker.tell({ type: "kept", id, n, error: data });
  }
}

async function kept(message: Keep, call: TrainCall): Promise<void> {
  if (message.what === "publish") return call.publish(message.file as FileSource);
  if (message.what === "artifact") {
    const file = message.file as ModelFile;
    return call.artifact(message.name, file, { contentType: file.contentType });
  }
  const { step, data, file } = message;
  return call.checkpoint({
    step,
    ...(data !== undefined && { data }),
    ...(file !== undefined && { file: file as FileSource }),
  });
}

/** With numbers where JSON had to write them as strings. */
function progressOf({ step, total, metrics, message }: Extract<FromWorker, { type: "report" }>["progress"]): Progress {
  const numbers = metrics && Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number(value)]));
  return {
    ...(step !== undefined && { step }),
    ...(total !== undefined && { total }),
    ...(numbers && { metrics: numbers }),
    ...(message !== undefined && { message }),
  };
}
