// For authors of models

// For operators: who may do what
export {
  type AccessRule,
  accessRules,
  type ModelRule,
  type OpenRule,
  type RunRule,
  type ServiceRule,
} from "./access/access-rules.ts";
export {
  grantScope,
  hasAnyScope,
  hasScope,
  type ModelScopeName,
  modelScopeNames,
  type ScopeName,
  scopeNames,
} from "./access/scopes.ts";
export { type AccessPolicy, type GrantRequest, type GrantSigner, withAccess } from "./access/with-access.ts";
// For servers and clients
export { abortReason } from "./contract/abort-reason.ts";
// For callers
export {
  DeepaasError,
  type ErrorCode,
  type ErrorData,
  type ErrorDetails,
  errorCodes,
  errorDataFrom,
  errorText,
  type Issue,
  invalidArgs,
  pointerStep,
} from "./contract/error.ts";
export {
  type Args,
  type Field,
  type FieldOptions,
  type Fields,
  FileField,
  type Input,
  type PlainField,
  type ResponseOf,
  type ResponseSchema,
  SecretField,
  type TFile,
  type TypeBoxField,
  withDefault,
} from "./contract/field.ts";
export { checkGrantSeconds, type Grant, type GrantOptions } from "./contract/grant.ts";
export {
  canonicalJson,
  isObject,
  type JsonObject,
  type JsonValue,
  toJson,
  toJsonArgs,
  withoutUndefined,
} from "./contract/json.ts";
export { checkCursor } from "./contract/log-range.ts";
export { consoleLogger, type Logger, silentLogger } from "./contract/logger.ts";
export {
  type Awaitable,
  BaseModel,
  type Checkpoint,
  defineModel,
  type Model,
  type ModelDefinition,
  type PredictBatchContext,
  type PredictContext,
  type Progress,
  type PublishOptions,
  type SoundModel,
  type TrainContext,
  type WarmContext,
} from "./contract/model.ts";
export {
  createModelFile,
  type FileContent,
  type FileSource,
  isFileSource,
  isModelFile,
  type ModelFile,
  type ModelFileOptions,
  modelFile,
} from "./contract/model-file.ts";
export type {
  Caller,
  CallerId,
  CallOptions,
  ModelDescription,
  ModelMetadata,
  ModelService,
  ObjectSchema,
} from "./contract/model-service.ts";
export { isName, namePatterns, nameRules } from "./contract/names.ts";
export { rejectNoService, rejectUnknownOptions } from "./contract/options.ts";
export { parseJson } from "./contract/parse-json.ts";
export { settlesWithin, sleep, unlessAborted } from "./contract/race.ts";
export {
  type ArtifactInfo,
  isTerminal,
  type LogLevel,
  type MetricValue,
  type Page,
  type ProgressFact,
  type Run,
  type RunEvent,
  type RunFact,
  type RunFilter,
  type RunSelection,
  type RunState,
  runStates,
} from "./contract/run.ts";
export type { MetricSeries, RunMetrics, RunMetricsOptions } from "./contract/run-metrics.ts";
export {
  type Latency,
  type LossReason,
  type LostWorkers,
  lossReasons,
  type ModelStats,
  type NodeStats,
  type RecentCalls,
  type RunStats,
  type ServiceStats,
  type ServiceStatus,
  type StoreStats,
  type WatcherStats,
  type WorkerState,
  type WorkerStats,
} from "./contract/service-stats.ts";
export { Type } from "./contract/typebox.ts";
export {
  type PredictInput,
  type PredictResult,
  type TrainInput,
  type TypedModel,
  typedModel,
} from "./contract/typed-model.ts";
export type {
  AddVersionOptions,
  Metrics,
  ModelVersions,
  PromotionRule,
  ServedChange,
  WeightsVersion,
} from "./contract/weights.ts";
export { createHost } from "./host/create-host.ts";
export type { Host } from "./host/host.ts";
export type { HostLimits, HostOptions, ModelLimits, Models } from "./host/options.ts";
export { type TestedModel, testModel } from "./host/test-model.ts";
export type { HostObserver } from "./ports/observer.ts";
