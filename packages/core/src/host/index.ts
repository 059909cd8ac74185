// For people who write an executor, an engine or a store. Everything else is in the package's root.
export { toJson } from "../json.ts";
export { fileHolding, heldBytes } from "../model-file.ts";
export { type ArgsValidator, argsValidator, type UnknownArgs, type ValidArgs } from "./args-validator.ts";
export { type CompiledSchema, compileSchema, isFileListSchema, isFileSchema } from "./compile-schema.ts";
export { deepFrozen } from "./deep-frozen.ts";
export { describeModel } from "./describe-model.ts";
export type { HostObserver } from "./host-observer.ts";
export { type InlineOptions, inlineExecutor } from "./inline-executor.ts";
export { memoryBlobs } from "./memory-blobs.ts";
export { memoryEngine } from "./memory-engine.ts";
export { type MemoryStoreOptions, memoryStore } from "./memory-store.ts";
export { resultOfPredict, resultOfTrain } from "./model-result.ts";
export { normaliseFields, normaliseResponse, SchemaFault } from "./normalise-fields.ts";
export type {
  BlobRef,
  BlobStore,
  Claim,
  Executor,
  ExecutorCall,
  ExecutorStatus,
  Holder,
  NewRun,
  Outcome,
  Place,
  PrivateArgs,
  Retention,
  RunEngine,
  RunEntry,
  RunStore,
  StoredCheckpoint,
  TrainCall,
  TrainJob,
} from "./ports.ts";
export { type RunDeskOptions, runDesk } from "./run-desk.ts";
export { answerToAppend, checkpointFrom, entryOfDeath, mayBeClaimed, runAfter, runAfterAll } from "./run-record.ts";
export { progressFrom, textFrom } from "./run-reporter.ts";
export { toModel } from "./to-model.ts";
export { type WatchOptions, watchRun } from "./watch.ts";
