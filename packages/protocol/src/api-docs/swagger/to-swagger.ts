// The Swagger 2.0 document for clients of DEEPaaS: the V2 routes, in the form of the Python server, but valid. The OpenAPI
// document has what Swagger 2.0 cannot express.
import type { JsonObject, JsonValue, ModelDescription, ObjectSchema } from "@deepaas/core";
import { modelPath, predictPath, routes, trainPath } from "../../routes.ts";
import {
  type DocumentOptions,
  type DocumentSettings,
  defaultDocumentOptions,
  offeredTypes,
  pathUnder,
} from "../document-options.ts";
import {
  argumentErrorsDefinition,
  discoveryDefinitions,
  predictionDefinition,
  trainingDefinitions,
  versionsDefinition,
} from "./definitions.ts";
import { swaggerArguments } from "./parameters.ts";
import { SwaggerSchemas } from "./schema.ts";

const about = `A REST API to machine learning models: what is served here can be listed, asked for predictions and trained.

This document describes it as far as Swagger 2.0 can, for clients of the DEEPaaS V2 API. An argument that it cannot describe
in full says so and has its JSON Schema under \`x-schema\`. Everything else, errors and further routes included, is in
[openapi.json](openapi.json).`;

/** Returns plain JSON. `models` is not modified. */
export function toSwagger(models: readonly ModelDescription[], options: DocumentOptions = {}): JsonObject {
  const settings: DocumentSettings = { ...defaultDocumentOptions, ...options };
  const { basePath, version, trainEndpoint, predictEndpoint } = settings;
  const definitions: Record<string, JsonObject> = {
    ...discoveryDefinitions,
    ...(trainEndpoint && trainingDefinitions),
    ...((trainEndpoint || predictEndpoint) && { ArgumentErrors: argumentErrorsDefinition }),
  };
  const secured = security(settings);
  const open = secured.security === undefined ? {} : { security: [] };
  const paths: Record<string, JsonObject> = {};
  const add = (path: string, item: JsonObject) => {
    paths[pathUnder(basePath, path)] = item;
  };
  add(routes.version.path, { get: { ...versionOperation, ...open } });
  add(routes.debug.path, { get: debugOperation });
  add(routes.models.path, { get: modelsOperation });
  for (const model of models) {
    const { servedAs } = model.metadata;
    add(modelPath(servedAs), { get: modelOperation(model) });
    if (trainEndpoint) {
      add(trainPath(servedAs), { post: trainOperation(model.trainArgs, definitions), get: trainingsOperation });
      add(`${trainPath(servedAs)}{uuid}`, { get: trainingOperation, delete: endOperation });
    }
    if (predictEndpoint) add(predictPath(servedAs), { post: predictOperation(model, { definitions, settings }) });
  }
  add(routes.versions.path, { get: { ...versionsOperation, ...open } });
  definitions.Versions = versionsDefinition;
  return {
    info: { description: about, title: "DEEP as a Service API endpoint", version },
    externalDocs: { description: "API documentation", url: "https://deepaas.readthedocs.org/" },
    paths,
    swagger: "2.0",
    definitions,
    ...secured,
  };
}

/** Swagger 2.0 has no bearer scheme: the token is the value of a header. */
function security({ securitySchemes }: DocumentSettings): JsonObject {
  const schemes = Object.entries(securitySchemes).flatMap(([name, { type, scheme }]): [string, JsonObject][] => {
    if (type !== "http") return [];
    if (scheme === "basic") return [[name, { type: "basic" }]];
    const description = `${String(scheme)}: the scheme, a space and the token`;
    return [[name, { type: "apiKey", in: "header", name: "Authorization", description }]];
  });
  if (schemes.length === 0) return {};
  return { securityDefinitions: Object.fromEntries(schemes), security: schemes.map(([name]) => ({ [name]: [] })) };
}

interface OperationParts {
  readonly summary: string;
  readonly answer: string;
  readonly description?: string;
  readonly parameters?: readonly JsonObject[];
  readonly tag?: string;
  /** Documented as the response with status 400. */
  readonly failure?: true;
  /** What a 404 is about. */
  readonly notFound?: string;
  /** Documents the 422 of invalid arguments. */
  readonly hasArguments?: true;
}

function operation({
  summary,
  answer,
  description,
  parameters = [],
  tag = "models",
  failure,
  notFound,
  hasArguments,
}: OperationParts): JsonObject {
  return {
    responses: {
      ...(failure && { "400": answerOf("Failure") }),
      "200": answerOf(answer),
      ...(notFound !== undefined && { "404": { description: `${notFound} does not exist.` } }),
      ...(hasArguments && { "422": answerOf("ArgumentErrors") }),
    },
    parameters,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    produces: ["application/json"],
  };
}

function answerOf(definition: string): JsonObject {
  return { schema: { $ref: `#/definitions/${definition}` }, description: "" };
}

const versionOperation = operation({
  summary: "Get V2 API version information",
  answer: "Version",
  tag: "versions",
  failure: true,
});
const versionsOperation = operation({
  summary: "Get available API versions",
  answer: "Versions",
  tag: "versions",
  failure: true,
});
const modelsOperation = operation({
  summary: "Return loaded models and its information",
  description: "The models that are served here, with their basic metadata.",
  answer: "Models",
});
const debugOperation: JsonObject = {
  responses: {
    "200": { description: "Debug information if debug endpoint is enabled" },
    "204": { description: "Debug endpoint not enabled" },
  },
  parameters: [],
  tags: ["debug"],
  summary: "Return debug information if enabled by API.",
  description: "Return debug information if enabled by API.",
  produces: ["text/plain"],
};
const uuid: JsonObject = { in: "path", name: "uuid", required: true, type: "string" };
const trainingsOperation = operation({
  summary: "Get a list of trainings (running or completed)",
  answer: "TrainingList",
  notFound: "The model",
});
const trainingOperation = operation({
  summary: "Get status of a training",
  answer: "Training",
  parameters: [uuid],
  notFound: "The training",
});
const endOperation = operation({
  summary: "Cancel a running training",
  answer: "Training",
  parameters: [uuid],
  notFound: "The training",
});

function modelOperation({ metadata: { name, version } }: ModelDescription): JsonObject {
  return operation({
    summary: "Return model's metadata",
    ...(version !== undefined && { description: `${String(name)}, version ${String(version)}.` }),
    answer: "ModelMeta",
    notFound: "The model",
  });
}

function trainOperation(args: ObjectSchema, definitions: Record<string, JsonObject>): JsonObject {
  const { parameters, consumes } = swaggerArguments(args, schemasOf(args, definitions));
  return {
    ...operation({
      summary: "Retrain model with available data",
      answer: "Training",
      parameters,
      notFound: "The model",
      hasArguments: true,
    }),
    ...(consumes.length > 0 && { consumes }),
  };
}

interface PredictParts {
  readonly definitions: Record<string, JsonObject>;
  readonly settings: DocumentSettings;
}

function predictOperation(model: ModelDescription, { definitions, settings }: PredictParts): JsonObject {
  const { predictArgs, response } = model;
  const { parameters, consumes } = swaggerArguments(predictArgs, schemasOf(predictArgs, definitions));
  let answer = "Prediction";
  if (response !== null) answer = new SwaggerSchemas(response, definitions).defineRoot("ModelPredictionResponse");
  else definitions.Prediction ??= predictionDefinition(settings);
  const produces: readonly JsonValue[] = offeredTypes(model);
  return {
    ...operation({
      summary: "Make a prediction given the input data",
      answer,
      parameters,
      failure: true,
      notFound: "The model",
      hasArguments: true,
    }),
    produces: produces.length > 0 ? produces : ["application/json"],
    ...(consumes.length > 0 && { consumes }),
  };
}

function schemasOf(args: ObjectSchema, definitions: Record<string, JsonObject>): SwaggerSchemas {
  return new SwaggerSchemas(args as unknown as JsonObject, definitions);
}
