// For authors of models.
export { Type } from "typebox";
// For everyone who calls one.
export {
  DeepaasError,
  type ErrorCode,
  type ErrorData,
  type ErrorDetails,
  errorCodes,
  errorDataFrom,
  type Issue,
  invalidArgs,
  pointerStep,
} from "./deepaas-error.ts";
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
} from "./field.ts";
// For whoever serves models or writes a client.
export { abortReason } from "./host/abort-reason.ts";
export { createHost, type Host, type HostStatus } from "./host/create-host.ts";
export type { HostObserver } from "./host/host-observer.ts";
export {
  defaultHostLimits,
  type HostLimits,
  type HostOptions,
  isModelName,
  type ModelLimits,
  type Models,
} from "./host/host-options.ts";
export { canonicalJson, type JsonObject, type JsonValue } from "./json.ts";
export { type Logger, silentLogger } from "./logger.ts";
export {
  type Awaitable,
  BaseModel,
  type Checkpoint,
  defineModel,
  type Model,
  type ModelDefinition,
  type PredictContext,
  type Progress,
  type SoundModel,
  type TrainContext,
  type WarmContext,
} from "./model.ts";
export {
  createModelFile,
  type FileContent,
  type FileSource,
  isFileSource,
  isModelFile,
  type ModelFile,
  type ModelFileOptions,
  modelFile,
} from "./model-file.ts";
export type {
  Caller,
  CallOptions,
  MetadataLink,
  ModelDescription,
  ModelMetadata,
  ModelService,
  ObjectSchema,
} from "./model-service.ts";
export { refuseUnknown } from "./refuse-unknown.ts";
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
  type RunState,
  runStates,
} from "./run.ts";
export { type TestedModel, testModel } from "./test-model.ts";
export { type PredictInput, type PredictResult, type TrainInput, type TypedModel, typedModel } from "./typed-model.ts";
