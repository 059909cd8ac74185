// A training outside of any server: what a model reports, keeps and publishes, in arrays.

import { type Checkpoint, type ModelFile, modelFile, type Progress, type TrainContext } from "@deepaas/core";

export interface RecordedRun {
  context: TrainContext;
  reports: Progress[];
  checkpoints: Checkpoint[];
  published: ModelFile[];
}

export interface RecordedRunOptions {
  signal?: AbortSignal;
  resumeFrom?: Checkpoint | undefined;
  /** Called with each report, beside keeping it. */
  onReport?: (progress: Progress) => void;
}

export function createRecordedRun({
  signal = new AbortController().signal,
  resumeFrom,
  onReport,
}: RecordedRunOptions = {}): RecordedRun {
  const reports: Progress[] = [];
  const checkpoints: Checkpoint[] = [];
  const published: ModelFile[] = [];
  const context: TrainContext = {
    runId: "recorded",
    caller: undefined,
    attempt: resumeFrom ? 2 : 1,
    signal,
    resumeFrom,
    report(progress) {
      reports.push(progress);
      onReport?.(progress);
    },
    log() {},
    async checkpoint({ file, ...checkpoint }) {
      checkpoints.push(file ? { ...checkpoint, file: modelFile(file) } : checkpoint);
    },
    async artifact() {},
    async publish(file) {
      published.push(modelFile(file));
    },
  };
  return { context, reports, checkpoints, published };
}
