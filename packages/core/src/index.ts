// For authors of models.
export { Type } from "typebox";
export { type Args, type Field, FileField, type FieldOptions, type Fields, type Input, type PlainField, type ResponseOf, type ResponseSchema, SecretField, type TFile, type TypeBoxField, withDefault } from "./field.ts";
export { type Awaitable, BaseModel, type Checkpoint, defineModel, type Model, type ModelDefinition, type PredictContext, type Progress, type SoundModel, type TrainContext, type WarmContext } from "./model.ts";
export { createModelFile, type FileContent, type FileSource, isModelFile, type ModelFile, type ModelFileOptions, modelFile } from "./model-file.ts";

// For everyone who calls one.
export { DeepaasError, type ErrorCode, type ErrorData, type ErrorDetails, errorCodes, errorDataFrom, invalidArgs, type Issue, pointerStep } from "./deepaas-error.ts";
export { canonicalJson, type JsonObject, type JsonValue } from "./json.ts";
export type { Caller, CallOptions, MetadataLink, ModelDescription, ModelMetadata, ModelService, ObjectSchema } from "./model-service.ts";
export { type ArtifactInfo, isTerminal, type LogLevel, type MetricValue, type Page, type ProgressFact, type Run, type RunEvent, type RunFact, type RunFilter, type RunState, runStates } from "./run.ts";

// For whoever serves models.
export { createHost, type Host, type HostStatus } from "./host/create-host.ts";
export type { HostObserver } from "./host/host-observer.ts";
export { defaultHostLimits, type HostLimits, type HostOptions, isModelName, type ModelLimits, type Models } from "./host/host-options.ts";
export { type Logger, silentLogger } from "./logger.ts";
