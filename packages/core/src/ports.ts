// For people who write an executor, an engine or a store. Everything else is in the package's root.

export { runExists, runNotFound } from "./contract/common-errors.ts";
export { deepFrozen } from "./contract/deep-frozen.ts";
export { bytesInMemory, fileFromBytes } from "./contract/model-file.ts";
export { checkPublishOptions } from "./contract/options.ts";
export { Turns } from "./contract/turns.ts";
export { memoryBlobs } from "./in-memory/blob-store.ts";
export { type InlineOptions, inlineExecutor, warmModel } from "./in-memory/inline-executor.ts";
export { memoryEngine } from "./in-memory/run-engine.ts";
export { type MemoryStoreOptions, memoryStore } from "./in-memory/run-store.ts";
export type { BlobRef, BlobStore, SweepOptions } from "./ports/blob-store.ts";
export type {
  Executor,
  ExecutorBatchCall,
  ExecutorCall,
  ExecutorStats,
  ExecutorStatus,
  LoadedCode,
  Outcome,
  Predictor,
  PrepareOptions,
  TrainCall,
  TrainJob,
  VersionFile,
} from "./ports/executor.ts";
export { guardObserver } from "./ports/guard-observer.ts";
export {
  type AdapterObserver,
  adapterHooks,
  type ExecutionEnd,
  type HostObserver,
  type ModelObserver,
  type Observed,
  type ObservedCall,
  type ObservedModelCall,
  type ObservedRequest,
  type PredictEnd,
  type RequestEnd,
} from "./ports/observer.ts";
export type { Delivery, ProcessOptions, QueuedRun, RunEngine, RunHandler } from "./ports/run-engine.ts";
export type {
  AppendPosition,
  Claim,
  Holder,
  LogAppend,
  NewRun,
  NewServedChange,
  NewVersion,
  OwnerUsage,
  PrivateArgs,
  Publication,
  ReadLog,
  Retention,
  RunStore,
  StoredCheckpoint,
  StoredModel,
  StoredRun,
  StoredStats,
  StoredVersion,
  StoredVersions,
  StoreTransfer,
} from "./ports/run-store.ts";
export { resultOfPredict } from "./predict/result.ts";
export { type CopiedRuns, type CopyRunsOptions, copyRuns, type RunPlaces } from "./runs/copy-runs.ts";
export {
  type EventChunk,
  eventsAfter,
  eventsFromBody,
  maxEventsInChunk,
  type WrittenChunk,
  writtenChunks,
  writtenChunksOf,
} from "./runs/event-chunk.ts";
export { EventRing } from "./runs/event-ring.ts";
export { type ReadMetricsOptions, runMetrics } from "./runs/metrics.ts";
export {
  applyEvent,
  applyEvents,
  checkAppend,
  checkpointFrom,
  entryAfterCrash,
  mayBeClaimed,
  newRecord,
  nextEvents,
} from "./runs/record.ts";
export { progressFrom, textFrom } from "./runs/reporter.ts";
export {
  checkRunFilter,
  comparePlaces,
  cursorAfter,
  placeOfCursor,
  type RunPlace,
} from "./runs/run-filter.ts";
export { runPages } from "./runs/run-pages.ts";
export { checkSameRun, storedLog, trimmedRun, wasHeld } from "./runs/stored-log.ts";
export { RunWakers } from "./runs/wakers.ts";
export { type WatchOptions, watchRun } from "./runs/watch.ts";
export { type ArgsValidator, argsValidator, type UnknownArgs, type ValidArgs } from "./schema/args-validator.ts";
export { compileSchema, isFileSchema } from "./schema/compile-schema.ts";
export { abilitiesOf, declarationOf, type ModelDeclaration } from "./schema/declare-model.ts";
export { describeModel } from "./schema/describe-model.ts";
export type { CompiledSchema } from "./schema/find-issues.ts";
export { normaliseFields, SchemaFault } from "./schema/normalise-fields.ts";
export { toModelVersions } from "./weights/shown-versions.ts";
export { isStaleAttempt, keptServedChanges, noVersion, versionIsServed } from "./weights/stored-rules.ts";
