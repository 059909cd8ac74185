import type { Requirement } from "../suite.ts";

const texts = {
  "warm.describes": "`warm` gives the description of every model, in plain JSON.",
  "warm.fails": "It rejects, naming the model, when one cannot be warmed.",
  "warm.declaration":
    "It rejects, with the model's name and the JSON Pointer of the fault, when what a model declares is unsound.",
  "warm.published": "Each model is warmed with the newest weights published for it.",
  "status.states": "`status` says `ready` once it is warm, and `closed` after `close`.",
  "predict.value": "`predict` gives the model's value as an outcome.",
  "predict.files": "Files reach the model, and come back.",
  "predict.error":
    "Whatever the model throws is an outcome that is not ok, never a rejection; a DeepaasError keeps its data.",
  "predict.hidden": "Of any other error nothing is told.",
  "predict.not-json": "What JSON cannot say is `invalid_response`.",
  "predict.signal": "Aborting the call aborts the model's signal with the same code.",
  "predict.at-once": "Calls run at once, as many as there are slots.",
  "predict.context": "The model's context is `{ requestId, signal, caller }`, for `predictStream` too.",
  "batch.callers": "The context of a batch is `{ requestId, signal, callers }`: the callers in the order of the calls.",
  "batch.order": "`predictBatch` gives one outcome for each call, in order.",
  "batch.items": "An error in a result's place is that call's outcome alone.",
  "batch.whole": "A batch that fails, or gives another number of results, is not ok for each of its calls.",
  "batch.single": "`predict` of a model that only has `predictBatch` is a batch of one.",
  "stream.order": "`predictStream` gives an outcome for each piece, in order.",
  "stream.error": "It ends after an outcome that is not ok.",
  "stream.pull": "Pieces are made when they are asked for.",
  "stream.return": "Leaving it stops the model; so does its signal.",
  "train.says": "Reports, lines, checkpoints, artifacts and weights arrive in order, as the model gave them.",
  "train.job": "The model gets arguments, attempt and the checkpoint to go on from.",
  "train.context": "The model's context has the caller of the run.",
  "train.publish-options": "An unknown option of `publish` is `invalid_args`.",
  "train.result": "The outcome is what the model gave; numbers that are not finite become null, with a warning.",
  "train.not-json": "A result that JSON cannot say is `invalid_response`.",
  "train.throws":
    "A training that throws is `internal` with the first line of its message; a DeepaasError keeps its data.",
  "train.unkept": "When a checkpoint cannot be kept the model is told.",
  "train.signal":
    "Aborting the call aborts the model's signal; the outcome comes when the work has stopped, not before.",
  "train.kill": "Work that takes no notice of its signal is killed after `graceMs`.",
  "train.worker-lost": "A worker that dies is `worker_lost`, and the next training finds another one.",
  "train.beside": "Predicts are answered while a training runs.",
  "refresh.reload":
    "`refresh` gives new weights to `reload`, or to `warm` where there is none; every later predict has them.",
  "refresh.fails": "It rejects when the model cannot load them, and the ones from before go on serving.",
  "refresh.shipped": "Without weights it loads the shipped ones.",
  "refresh.calls": "No call is dropped meanwhile.",
  "close.twice": "`close` may be called twice; each model is closed once.",
} as const;

export type ExecutorRequirementId = keyof typeof texts;

/** Whoever implements `Executor` must do this. */
export const executorRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<ExecutorRequirementId>[];
