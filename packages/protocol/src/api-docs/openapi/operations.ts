// The routes as operations of OpenAPI 3.1. A new route does not compile without an operation here.
import type { JsonObject, ModelDescription } from "@deepaas/core";
import type { RouteName } from "../../routes.ts";
import { openApiArguments } from "./arguments.ts";
import { errorRef } from "./errors.ts";
import { parameters } from "./parameters.ts";
import { predictOperation } from "./predict-operation.ts";
import { answer, type Described, either, errors, etag, headers, json, nothing, schemaRef, text } from "./responses.ts";

type Describe = (described: Described, model: ModelDescription) => JsonObject;

const startErrors = [400, 404, 408, 409, 413, 415, 422, 501];

function starts(described: Described, { metadata, trainArgs }: ModelDescription): JsonObject {
  const { parameters: own, requestBody } = openApiArguments(
    trainArgs,
    `#/components/schemas/${metadata.servedAs}.trainArgs`,
  );
  return {
    tags: ["trainings"],
    parameters: own,
    ...(requestBody && { requestBody }),
    responses: {
      "200": either("The training", schemaRef("V2Training"), schemaRef("Run")),
      ...errors(described, ...startErrors),
    },
  };
}

const documentAnswers = (description: string): JsonObject => ({
  "200": { ...json(description, { type: "object" }), headers: etag },
  "304": { description: "As `If-None-Match` has it", headers: etag },
});

const notModified = nothing("As `If-None-Match` has it");
const pageAnswers: JsonObject = { "200": { ...text("The page", "text/html"), headers: etag }, "304": notModified };
const assetAnswers: JsonObject = {
  "200": { ...answer("The part", { "*/*": {} }), headers: etag },
  "304": notModified,
  "404": errorRef(404),
};

const partOfPage: Describe = () => ({
  summary: "A part of that page",
  tags: ["documents"],
  parameters: [parameters.assetName],
  responses: assetAnswers,
});

export const operations: Readonly<Record<RouteName, Describe>> = {
  versions: () => ({
    summary: "Which versions of the API there are",
    tags: ["discovery"],
    responses: { "200": json("The versions", schemaRef("Versions")) },
  }),
  version: () => ({
    summary: "This version of the API",
    tags: ["discovery"],
    responses: { "200": json("The version", schemaRef("Version")) },
  }),
  ui: () => ({
    summary: "Leads to the page",
    tags: ["documents"],
    responses: { "302": text("To `/ui/`, or to `/api` if there is no such page") },
  }),
  uiPage: () => ({ summary: "The page of the models and their runs", tags: ["documents"], responses: pageAnswers }),
  uiAsset: partOfPage,
  apiPage: () => ({ summary: "The page that shows this document", tags: ["documents"], responses: pageAnswers }),
  apiAsset: partOfPage,
  swagger: (described) => ({
    summary: "The V2 API as a Swagger 2.0 document",
    tags: ["documents"],
    responses: { ...documentAnswers("The document"), ...errors(described) },
  }),
  openApi: (described) => ({
    summary: "This document",
    tags: ["documents"],
    responses: { ...documentAnswers("The document"), ...errors(described) },
  }),
  live: () => ({
    summary: "Whether the process is alive",
    tags: ["health"],
    responses: { "200": json("It is", schemaRef("Health")) },
  }),
  ready: () => ({
    summary: "Whether calls are taken",
    tags: ["health"],
    responses: {
      "200": json("They are", schemaRef("Health")),
      "503": json("The service is closing", schemaRef("Health")),
    },
  }),
  stats: (described) => ({
    summary: "What the service is doing: calls and their latency, workers, memory, store",
    tags: ["health"],
    responses: { "200": json("The snapshot", schemaRef("ServiceStats")), ...errors(described) },
  }),
  metrics: (described) => ({
    summary: "The metrics of the server in the text format of Prometheus",
    tags: ["health"],
    responses: { "200": text("The metrics"), ...errors(described) },
  }),
  debug: ({ secured }) => ({
    summary: "What the models have printed",
    tags: ["health"],
    responses: {
      "200": text("The output"),
      "204": nothing("This is switched off"),
      ...(secured && { "401": errorRef(401), "403": errorRef(403) }),
      "500": errorRef(500),
    },
  }),
  models: (described) => ({
    summary: "The models that are served",
    tags: ["discovery"],
    responses: {
      "200": either(
        "The models",
        {
          type: "object",
          properties: { models: { type: "array", items: schemaRef("V2Model") } },
          required: ["models"],
        },
        { type: "array", items: schemaRef("ModelMetadata") },
      ),
      ...errors(described),
    },
  }),
  model: (described) => ({
    summary: "What the author says of the model",
    tags: ["discovery"],
    responses: {
      "200": either("The metadata", schemaRef("V2Model"), schemaRef("ModelMetadata")),
      ...errors(described, 404),
    },
  }),
  schema: (described) => ({
    summary: "The arguments and the answer of the model as JSON Schema, and what it can do",
    tags: ["discovery"],
    responses: { "200": json("The description", schemaRef("ModelDescription")), ...errors(described, 404) },
  }),
  weights: (described) => ({
    summary: "The versions of the model's weights, and which one is served",
    tags: ["weights"],
    responses: { "200": json("The versions", schemaRef("ModelVersions")), ...errors(described, 404) },
  }),
  serveWeights: (described) => ({
    summary: "Serve another version of the weights",
    description: "Back or forward. It is answered when no new call gets the previous version; no call is dropped.",
    tags: ["weights"],
    parameters: [parameters.version],
    responses: { "200": json("The versions", schemaRef("ModelVersions")), ...errors(described, 404, 409, 422) },
  }),
  removeWeights: (described) => ({
    summary: "Remove a version of the weights that is not served",
    tags: ["weights"],
    parameters: [parameters.version],
    responses: { "204": nothing("It is removed"), ...errors(described, 404, 409, 422) },
  }),
  predict: predictOperation,
  train: (described, model) => ({ summary: "Start a training", ...starts(described, model) }),
  trainNamed: (described, model) => {
    const { parameters: own, ...operation } = starts(described, model);
    return {
      summary: "Start a training under a name, once",
      description: "The same name and arguments answer the same training; other arguments are refused with 409.",
      ...operation,
      parameters: [parameters.id, ...(own as readonly JsonObject[])],
    };
  },
  trainings: (described) => ({
    summary: "The trainings of the model, in the order they were started",
    description: "All of them, or a page when the query asks for one; then `Link` leads to the next.",
    tags: ["trainings"],
    parameters: [parameters.limit, parameters.after],
    responses: {
      "200": either("The trainings", { type: "array", items: schemaRef("V2Training") }, schemaRef("RunPage")),
      ...errors(described, 404, 422),
    },
  }),
  training: (described) => ({
    summary: "A training",
    tags: ["trainings"],
    parameters: [parameters.id],
    responses: { "200": either("The training", schemaRef("V2Training"), schemaRef("Run")), ...errors(described, 404) },
  }),
  endTraining: (described) => ({
    summary: "End a training that goes on, or remove one that has ended",
    tags: ["trainings"],
    parameters: [parameters.id],
    responses: {
      "200": either("How it ended, or what was removed", schemaRef("V2Training"), schemaRef("Run")),
      ...errors(described, 404, 409, 499),
    },
  }),
  runs: (described) => ({
    summary: "The trainings of all models",
    tags: ["runs"],
    parameters: [
      parameters.model,
      parameters.owner,
      parameters.anyOf,
      parameters.state,
      parameters.createdSince,
      parameters.createdBefore,
      parameters.after,
      parameters.limit,
      parameters.newestFirst,
      parameters.orderByMetric,
      parameters.descending,
    ],
    responses: { "200": json("A page", schemaRef("RunPage")), ...errors(described, 422) },
  }),
  run: (described) => ({
    summary: "A training in full",
    tags: ["runs"],
    parameters: [parameters.id],
    responses: { "200": json("The run", schemaRef("Run")), ...errors(described, 404) },
  }),
  removeRun: (described) => ({
    summary: "Remove a training that has ended",
    tags: ["runs"],
    parameters: [parameters.id],
    responses: { "204": nothing("It is removed"), ...errors(described, 404, 409) },
  }),
  cancelRun: (described) => ({
    summary: "Ask a training to stop",
    description: "Its log says how it ended. One that has ended is left as it is.",
    tags: ["runs"],
    parameters: [parameters.id],
    responses: { "200": json("The run", schemaRef("Run")), ...errors(described, 404) },
  }),
  runEvents: (described) => ({
    summary: "The log of a training",
    description: eventsDescription,
    tags: ["runs"],
    parameters: [parameters.id, parameters.afterSeq, parameters.pageLimit, parameters.lastEventId],
    responses: {
      "101": { description: "A WebSocket, where the server has them and the request asks for the upgrade" },
      "200": events,
      "204": nothing("Nothing follows: an event source stops asking"),
      ...errors(described, 404, 410, 416, 422),
    },
  }),
  runMetrics: (described) => ({
    summary: "The metrics of a training as curves",
    description: metricsDescription,
    tags: ["runs"],
    parameters: [parameters.id, parameters.points, parameters.metricName],
    responses: { "200": json("The curves", schemaRef("RunMetrics")), ...errors(described, 404, 422) },
  }),
  runGrants: (described) => ({
    summary: "Make a token with which anybody may read the training until it expires",
    description: "It may be a part of a URL, as `?grant=`. It ends with the credentials of the one who made it, too.",
    tags: ["runs"],
    parameters: [parameters.id],
    requestBody: { required: true, content: { "application/json": { schema: schemaRef("GrantOptions") } } },
    responses: {
      "200": json("The grant", schemaRef("Grant")),
      ...errors(described, 400, 404, 408, 413, 415, 422, 501),
    },
  }),
  artifact: (described) => ({
    summary: "A file that a training made",
    tags: ["runs"],
    parameters: [parameters.id, parameters.artifactName, parameters.range],
    responses: {
      "200": answer("The file, in its own media type", { "*/*": {} }),
      "206": answer("The part of it that `Range` asks for", { "*/*": {} }),
      ...errors(described, 404, 416),
    },
  }),
};

const eventsDescription = `\`after\` is the \`seq\` of the last event that is known already.

As JSON: a page of what is there, at once. As \`text/event-stream\`: all of it and everything to come, until the last event;
a reconnecting event source says \`Last-Event-ID\` instead of \`after\`. As a WebSocket: one event is one text frame, and the
socket closes with 1000 after the last. Whatever else ends a stream or a socket means: connect again from the last \`seq\`.`;

const metricsDescription = `All values of a metric that has at most \`points\`. Of one that has more: the first and the last value, and the
smallest and the largest of each of many equal parts of the log; NaN counts as larger than any number. \`lastSeq\` is the \`after\`
with which the log of the training continues.`;

const events: JsonObject = {
  description: "A page of events, or a stream of them",
  headers,
  content: {
    "application/json": { schema: schemaRef("RunEventPage") },
    "text/event-stream": {
      schema: { type: "string", description: "`id` is the event's `seq`, `data` the event (`RunEvent`) as JSON" },
      example: 'retry: 1000\nid: 1\ndata: {"seq":1,"at":"2026-01-31T12:00:00.000Z","type":"queued"}\n\n',
    },
  },
};
