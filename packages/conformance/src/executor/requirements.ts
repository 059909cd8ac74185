import type { Requirement } from "../suite.ts";

const texts = {
  "warm.describes": "`warm` returns the description of every model, in plain JSON.",
  "warm.fails": "`warm` rejects with the model's name if a model cannot be warmed.",
  "warm.declaration":
    "`warm` rejects with the model's name and the JSON Pointer of the fault if a declaration is unsound.",
  "warm.published": "Each model is warmed with its newest published weights.",
  "status.states": "`status` is `ready` after `warm`, and `closed` after `close`.",
  "stats.workers":
    "`stats` has each worker: busy during a call or a training, with the id of the run, idle before and after it; none after `close`.",
  "stats.lost": "A worker that died is counted with its reason, and the one that follows it has another id.",
  "predict.value": "`predict` returns the model's value as an outcome.",
  "predict.files": "A model receives and returns files.",
  "predict.error":
    "An error of the model is an outcome that is not ok, never a rejection; a DeepaasError keeps its data.",
  "predict.hidden": "No detail of any other error is in the outcome.",
  "predict.not-json": "A value without a JSON form is `invalid_response`.",
  "predict.abort": "Aborting the call stops the model, and the outcome has the code of the abort.",
  "predict.signal": "Aborting the call aborts the model's signal with the same code.",
  "predict.at-once": "As many calls run at the same time as there are slots.",
  "predict.context": "The model's context is `{ requestId, signal, caller }`, for `predictStream` too.",
  "batch.callers": "The context of a batch is `{ requestId, signal, callers }`: the callers in the order of the calls.",
  "batch.order": "`predictBatch` returns one outcome for each call, in order.",
  "batch.items": "An Error as a result is the outcome of its call alone.",
  "batch.whole": "A batch that fails, or returns another number of results, is not ok for each of its calls.",
  "batch.single": "`predict` of a model that only has `predictBatch` is a batch of one.",
  "stream.order": "`predictStream` yields an outcome for each item, in order.",
  "stream.error": "`predictStream` ends after an outcome that is not ok.",
  "stream.pull": "The model makes an item only when it is requested.",
  "stream.return": "Ending the iteration stops the model, and so does aborting the signal.",
  "train.reports": "Reports, log lines, checkpoints, artifacts and weights arrive in the order of the model's calls.",
  "train.job": "The model receives arguments, attempt and the checkpoint to resume from.",
  "train.context": "The model's context has the caller of the run.",
  "train.publish-options": "An unknown option of `publish` is `invalid_args`.",
  "train.result": "The outcome is the model's result; NaN and the infinities become null, with a warning.",
  "train.not-json": "A result without a JSON form is `invalid_response`.",
  "train.throws":
    "An error of the training is `internal` with the first line of its message; a DeepaasError keeps its data.",
  "train.unkept": "If a checkpoint cannot be kept, the model's promise rejects.",
  "train.signal":
    "Aborting the call aborts the model's signal; the outcome comes when the work has stopped, not before.",
  "train.kill": "Work that ignores its signal is killed after `graceMs`.",
  "train.worker-lost": "The death of a worker is `worker_lost`, and the next training runs on another worker.",
  "train.beside": "Predicts are answered during a training.",
  "refresh.reload": "`refresh` passes new weights to `reload`, or to `warm` without it; every later predict uses them.",
  "refresh.fails": "`refresh` rejects if the model cannot load the weights, and the previous weights stay in service.",
  "refresh.shipped": "`refresh` without weights loads the shipped weights.",
  "refresh.record":
    "`refresh` awaits `record` after the weights are loaded in one worker; if it rejects, nothing has changed.",
  "version.outcome": "An outcome has the number of the version that answered.",
  "version.one": "A call is answered by one version.",
  "refresh.calls": "No call is dropped during `refresh`.",
  "code.commit":
    "The predicts of the executor go on after a commit until they are drained; the new predictor answers from the commit.",
  "code.discard": "Code that is discarded, or whose loading is aborted, changes nothing.",
  "code.weights": "New code has the weights that are served; they do not change before it is committed or discarded.",
  "code.training": "A training goes on over a commit, and later ones run.",
  "close.twice": "`close` may be called twice; each model is closed once.",
} as const;

export type ExecutorRequirementId = keyof typeof texts;

/** The requirements of an `Executor`. */
export const executorRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<ExecutorRequirementId>[];
