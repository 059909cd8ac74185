// The parameters of the routes of this project.
import { type JsonObject, namePatterns, runStates } from "@deepaas/core";

function parameter(place: string, name: string, { description, schema }: { description: string; schema: JsonObject }) {
  return { in: place, name, description, required: place === "path", schema } as const satisfies JsonObject;
}

const text: JsonObject = { type: "string" };
const texts: JsonObject = { type: "array", items: text, maxItems: 1_000 };
/** The server accepts as many digits. */
const whole: JsonObject = { type: "integer", minimum: 0, maximum: 999_999_999_999_999 };
const time: JsonObject = { type: "string", format: "date-time" };
const count: JsonObject = { type: "integer", minimum: 1, maximum: 1_000 };
const pageCount = { description: "How many at most; default 100", schema: count };

export const parameters = {
  id: parameter("path", "id", {
    description: "The run's id",
    schema: { type: "string", pattern: namePatterns.run },
  }),
  version: parameter("path", "version", {
    description: "The number of a weights version; 0 is the shipped one",
    schema: whole,
  }),
  artifactName: parameter("path", "name", {
    description: "The artifact's name",
    schema: { type: "string", pattern: namePatterns.artifact },
  }),
  assetName: parameter("path", "name", { description: "The part's name", schema: text }),
  model: parameter("query", "model", { description: "Only those of these models", schema: texts }),
  owner: parameter("query", "owner", { description: "Only those of these owners", schema: texts }),
  anyOf: parameter("query", "anyOf", {
    description:
      "Only those that one of these selects: JSON, a list of `{ model?, owner? }`, each a text or a list of texts",
    schema: text,
  }),
  state: parameter("query", "state", {
    description: "Only those in one of these states",
    schema: { type: "array", items: { enum: runStates } },
  }),
  createdSince: parameter("query", "createdSince", { description: "Only those created then or later", schema: time }),
  createdBefore: parameter("query", "createdBefore", { description: "Only those created before", schema: time }),
  after: parameter("query", "after", { description: "The `next` of the page before", schema: text }),
  limit: parameter("query", "limit", pageCount),
  newestFirst: parameter("query", "newestFirst", { description: "Default false", schema: { type: "boolean" } }),
  orderByMetric: parameter("query", "orderByMetric", {
    description: "In the order of the last value of this metric; those without it come last",
    schema: { type: "string", minLength: 1, maxLength: 256 },
  }),
  descending: parameter("query", "descending", {
    description: "With `orderByMetric`: the largest value first; default false",
    schema: { type: "boolean" },
  }),
  afterSeq: parameter("query", "after", { description: "The `seq` of the last event that is known", schema: whole }),
  pageLimit: parameter("query", "limit", { ...pageCount, description: `${pageCount.description}; for a page only` }),
  points: parameter("query", "points", {
    description: "Most values of a metric; default 1,000",
    schema: { type: "integer", minimum: 10, maximum: 100_000 },
  }),
  metricName: parameter("query", "name", {
    description: "Only the metrics of these names; default all",
    schema: { type: "array", items: text },
  }),
  lastEventId: parameter("header", "Last-Event-ID", { description: "As `after`, and before it", schema: whole }),
  range: parameter("header", "Range", { description: "One range of bytes (RFC 9110, section 14)", schema: text }),
} as const;
