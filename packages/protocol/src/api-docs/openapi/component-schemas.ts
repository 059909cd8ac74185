// The schemas that every OpenAPI document has: those of DEEPaaS V2 and of this project.
import { errorCodes, type JsonObject, namePatterns, runStates } from "@deepaas/core";
import { instant, listOf, object, ref, text, whole } from "./schema-parts.ts";
import { statsSchemas } from "./stats-schemas.ts";

/** Any members. */
const map = { type: "object", additionalProperties: true } as const;
const anyJson = { description: "Any JSON value" } as const;

const metric: JsonObject = { oneOf: [{ type: "number" }, { enum: ["NaN", "Infinity", "-Infinity"] }] };
const progress = {
  step: { type: "number" },
  total: { type: "number" },
  metrics: { type: "object", additionalProperties: metric },
  message: text,
} as const;
const artifact = { name: text, size: whole, contentType: text } as const;

/** The members of each type of event beside `seq`, `at` and `type`, and which of them are required. */
const events: Readonly<Record<string, readonly [JsonObject, readonly string[]]>> = {
  queued: [{}, []],
  started: [{ attempt: whole }, ["attempt"]],
  progress: [{ ...progress, merged: whole }, []],
  log: [{ level: { enum: ["debug", "info", "warning", "error"] }, text }, ["level", "text"]],
  artifact: [artifact, ["name", "size", "contentType"]],
  checkpoint: [{ step: { type: "number" } }, ["step"]],
  published: [{}, []],
  stopping: [{ reason: text }, []],
  lost: [{ reason: text }, ["reason"]],
  succeeded: [{ result: anyJson }, ["result"]],
  failed: [{ error: ref("ErrorData") }, ["error"]],
  cancelled: [{ reason: text }, []],
};

const eventName = (type: string) => `${type[0]?.toUpperCase()}${type.slice(1)}Event`;

/** One named schema for each type of event. */
function eventSchemas(): JsonObject {
  return Object.fromEntries(
    Object.entries(events).map(([type, [properties, required]]) => [
      eventName(type),
      object(
        { seq: { type: "integer", minimum: 1 }, at: instant, type: { type: "string", const: type }, ...properties },
        [...["seq", "at", "type"], ...required],
      ),
    ]),
  );
}

const runEvent: JsonObject = {
  description: "One event of a run's log",
  oneOf: Object.keys(events).map((type) => ref(eventName(type))),
  discriminator: {
    propertyName: "type",
    mapping: Object.fromEntries(Object.keys(events).map((type) => [type, `#/components/schemas/${eventName(type)}`])),
  },
};

const errorMembers: JsonObject = {
  code: { enum: errorCodes },
  issues: listOf(ref("Issue")),
  retryAfterMs: { type: "number", description: "When to come back" },
  first: { type: "integer", description: "First event that the log holds" },
  last: { type: "integer", description: "Last event that the log holds" },
};

function page(items: JsonObject): JsonObject {
  const next = { type: ["string", "null"], description: "Give it as `after` for the next page; null at the end" };
  return object({ items: listOf(items), next }, ["items", "next"]);
}

const link = object({ rel: text, type: text, href: text }, ["rel", "href"]);

export const componentSchemas: JsonObject = {
  Version: object({ version: text, id: text, links: listOf(link) }, ["version", "id", "links"]),
  Versions: object({ versions: listOf(ref("Version")), links: listOf(link) }, ["versions", "links"]),
  V2Model: object(
    { id: anyJson, name: anyJson, links: anyJson, description: anyJson },
    ["id", "name", "links"],
    "What the author says of the model, with whatever else they say",
  ),
  ModelMetadata: object(
    { servedAs: text, weightsVersion: whole, id: anyJson, name: anyJson, description: anyJson },
    ["servedAs", "weightsVersion", "id", "name", "description"],
    "What the author says of the model; `servedAs` is its name in paths, `weightsVersion` the version that is served",
  ),
  ObjectSchema: object(
    { type: { const: "object" }, properties: map, required: listOf(text) },
    ["type", "properties", "required"],
    "A JSON Schema (2020-12)",
  ),
  ModelDescription: object(
    {
      metadata: ref("ModelMetadata"),
      predictArgs: ref("ObjectSchema"),
      trainArgs: ref("ObjectSchema"),
      response: { type: ["object", "null"], description: "JSON Schema of what predict answers" },
      has: {
        type: "object",
        properties: Object.fromEntries(
          ["predict", "predictBatch", "predictStream", "train"].map((name) => [name, { type: "boolean" }]),
        ),
        required: ["predict", "predictBatch", "predictStream", "train"],
      },
      resume: { enum: ["auto", "never"] },
      promote: ref("PromotionRule"),
      shippedMetrics: ref("Metrics"),
      may: { type: "array", items: { type: "string" }, description: "Scopes of the caller for this model" },
    },
    ["metadata", "predictArgs", "trainArgs", "response", "has", "resume", "promote", "shippedMetrics"],
  ),
  V2Training: object(
    {
      date: { type: "string", description: "Local time without a zone, `YYYY-MM-DD HH:MM:SS.ffffff`" },
      args: map,
      uuid: text,
      status: { enum: ["running", "done", "error", "cancelled"] },
      result: object({ output: anyJson, finish_date: text, duration: text }, ["output", "finish_date", "duration"]),
      message: text,
    },
    ["date", "args", "uuid", "status"],
  ),
  Run: object(
    {
      id: { type: "string", pattern: namePatterns.run },
      model: text,
      state: { enum: runStates },
      attempt: whole,
      args: { ...map, description: "Defaults filled in, secrets masked, files described" },
      createdAt: instant,
      startedAt: instant,
      endedAt: instant,
      firstSeq: whole,
      lastSeq: whole,
      progress: ref("RunProgress"),
      checkpoint: object({ step: { type: "number" } }, ["step"]),
      artifacts: listOf(ref("RunArtifact")),
      result: anyJson,
      resultOmitted: { const: true, description: "In a list: the result has more than 65,536 characters" },
      error: ref("ErrorData"),
      reason: text,
    },
    ["id", "model", "state", "attempt", "args", "createdAt", "firstSeq", "lastSeq", "artifacts"],
    "One training",
  ),
  Metrics: { type: "object", additionalProperties: metric },
  PromotionRule: {
    description: "Whether weights that a run has published are served",
    oneOf: [
      { type: "string", enum: ["always", "ask"] },
      object({ metric: text, better: { type: "string", enum: ["higher", "lower"] } }, ["metric", "better"]),
    ],
  },
  WeightsVersion: object(
    {
      number: whole,
      metrics: ref("Metrics"),
      runId: text,
      owner: text,
      result: anyJson,
      createdAt: instant,
      size: whole,
      sha256: text,
    },
    ["number", "metrics"],
    "0 is the shipped version, which has no optional member",
  ),
  ServedChange: object({ at: instant, from: whole, to: whole, by: text, reason: text }, ["at", "from", "to", "reason"]),
  ModelVersions: object(
    {
      model: text,
      served: whole,
      revision: { ...whole, description: "How often the served version has changed" },
      versions: listOf(ref("WeightsVersion")),
      history: listOf(ref("ServedChange")),
    },
    ["model", "served", "revision", "versions", "history"],
    "Newest first",
  ),
  RunProgress: { type: "object", properties: progress },
  RunArtifact: object(artifact, ["name", "size", "contentType"]),
  RunPage: page(ref("Run")),
  ...eventSchemas(),
  RunEvent: runEvent,
  RunEventPage: page(ref("RunEvent")),
  GrantOptions: object({ seconds: { type: "integer", minimum: 1, maximum: 604_800 } }, ["seconds"]),
  Grant: object({ token: text, expiresAt: instant }, ["token", "expiresAt"]),
  RunMetrics: object(
    {
      firstSeq: whole,
      lastSeq: { ...whole, description: "The last event that was read" },
      attempts: listOf(object({ attempt: whole, seq: whole, at: instant }, ["attempt", "seq", "at"])),
      series: { type: "object", additionalProperties: ref("MetricSeries") },
    },
    ["firstSeq", "lastSeq", "attempts", "series"],
    "The metrics of a training, by name",
  ),
  MetricSeries: object(
    {
      count: { ...whole, description: "How many values were read" },
      seq: listOf(whole),
      at: { ...listOf({ type: "number" }), description: "Milliseconds since 1970, UTC" },
      step: listOf({ type: ["number", "null"] }),
      value: listOf(metric),
    },
    ["count", "seq", "at", "step", "value"],
    "Columns of equal length, in the order of the log",
  ),
  Health: object({ status: text, reasons: listOf(text) }, ["status"]),
  ...statsSchemas,
  Issue: object({ pointer: text, rule: text, message: text, params: map }, ["pointer", "rule", "message"]),
  ErrorData: object({ message: text, ...errorMembers }, ["code", "message"]),
  Problem: object(
    { type: text, title: text, status: { type: "integer" }, detail: text, requestId: text, ...errorMembers },
    ["type", "title", "status", "detail", "code"],
    "RFC 9457, with our `code`",
  ),
  ArgumentErrors: {
    type: "object",
    description:
      "By argument a list of messages; for an object, a list or a dictionary an object of the same form, by member, index or key",
    additionalProperties: { description: "A list of messages, or an object of them" },
  },
};
