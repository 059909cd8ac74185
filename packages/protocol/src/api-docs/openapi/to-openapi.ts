// The OpenAPI 3.1 document: every route, response and error.
import { type AccessRule, accessRules, type JsonObject, type ModelDescription } from "@deepaas/core";
import { type Route, type RouteName, routes } from "../../routes.ts";
import { type DocumentOptions, type DocumentSettings, defaultDocumentOptions, pathUnder } from "../document-options.ts";
import { componentSchemas } from "./component-schemas.ts";
import { errorResponses } from "./errors.ts";
import { operations } from "./operations.ts";
import { openApiSchema } from "./schema.ts";

const about = `Machine learning models over REST: what is served here can be listed, asked for predictions and trained.

The routes below \`/v2/models/\` answer in the shapes of the DEEPaaS V2 API. A client that accepts
\`application/vnd.deepaas+json\` gets ours from them: a run, the model's bare value. Errors are the text \`404: Not Found\`, or
JSON by argument with 422; a client that accepts \`application/problem+json\` (or \`application/json\`, where V2 has only a text)
gets problem details (RFC 9457) with a \`code\`.

\`HEAD\` works wherever \`GET\` does, and \`OPTIONS\` tells what a path takes. A missing slash at the end, and doubled ones, are
answered with 308. Every answer has \`X-Request-Id\`: the one of the request, or a new one.`;

const tags = [
  { name: "predict", description: "Ask a model" },
  { name: "trainings", description: "The trainings of a model, as DEEPaaS V2 has them" },
  { name: "weights", description: "The versions of a model's weights, and which one is served" },
  { name: "runs", description: "Trainings of all models in full: their logs and files" },
  { name: "discovery", description: "What is served" },
  { name: "health", description: "For whoever watches over the process" },
  { name: "documents", description: "This document, and the page that shows it" },
];

const trainRoutes: ReadonlySet<RouteName> = new Set(["train", "trainNamed", "trainings", "training", "endTraining"]);
const apiPageRoutes: ReadonlySet<RouteName> = new Set(["apiPage", "apiAsset"]);
const uiRoutes: ReadonlySet<RouteName> = new Set(["uiPage", "uiAsset"]);

/** Returns plain JSON. `models` is not modified. */
export function toOpenApi(models: readonly ModelDescription[], options: DocumentOptions = {}): JsonObject {
  const settings: DocumentSettings = { ...defaultDocumentOptions, ...options };
  const { version, securitySchemes } = settings;
  const schemeNames = Object.keys(securitySchemes);
  const schemes = settings.grants ? { ...securitySchemes, grant: grantScheme } : securitySchemes;
  return {
    openapi: "3.1.0",
    info: {
      title: "DEEP as a Service API endpoint",
      description: about,
      version,
    },
    tags,
    ...(schemeNames.length > 0 && { security: requirements(settings) }),
    paths: pathsOf(models, settings),
    components: {
      schemas: { ...modelSchemas(models), ...componentSchemas },
      responses: errorResponses(),
      headers: componentHeaders,
      ...(schemeNames.length > 0 && { securitySchemes: schemes }),
    },
  };
}

const grantScheme: JsonObject = {
  type: "apiKey",
  in: "query",
  name: "grant",
  description: "A token for one run, which expires",
};

const componentHeaders: JsonObject = {
  RequestId: { description: "Of the request, or a new one", schema: { type: "string" } },
  RetryAfter: { description: "When to come back, in seconds", schema: { type: "integer" } },
  WeightsVersion: { description: "The number of the weights version that answered", schema: { type: "integer" } },
  ETag: { description: "For `If-None-Match`", schema: { type: "string" } },
};

function pathsOf(models: readonly ModelDescription[], settings: DocumentSettings): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  const secured = Object.keys(settings.securitySchemes).length > 0;
  for (const name of Object.keys(routes) as RouteName[]) {
    if (!isServed(name, settings)) continue;
    const { method, path, access }: Route = routes[name];
    const perModel = path.includes("{model}");
    for (const model of perModel ? models : [nobody]) {
      const { servedAs } = model.metadata;
      const operation = operations[name]({ rawPredictions: settings.rawPredictions, secured }, model);
      const full = pathUnder(settings.basePath, path.replace("{model}", servedAs));
      paths[full] ??= {};
      paths[full][method.toLowerCase()] = {
        operationId: perModel ? `${name}.${servedAs}` : name,
        ...operation,
        ...(secured && access === "open" && { security: [] }),
        // An empty requirement: without credentials, too.
        ...(secured && acceptsGrant(name, settings) && { security: [...requirements(settings), { grant: [] }] }),
        ...(secured && (access === "filtered" || access === "health") && { security: [{}, ...requirements(settings)] }),
      };
    }
  }
  return paths;
}

/** A call needs any one of the schemes. */
function requirements({ securitySchemes }: DocumentSettings): JsonObject[] {
  return Object.keys(securitySchemes).map((name) => ({ [name]: [] }));
}

function acceptsGrant(name: RouteName, { grants }: DocumentSettings): boolean {
  const { method, seam }: Route = routes[name];
  const rule: AccessRule | undefined = seam && accessRules[seam];
  return grants && method === "GET" && rule !== undefined && "withGrant" in rule && rule.withGrant;
}

function isServed(
  name: RouteName,
  { trainEndpoint, predictEndpoint, docEndpoint, ui, metrics }: DocumentSettings,
): boolean {
  if (name === "predict") return predictEndpoint;
  if (name === "metrics") return metrics;
  if (trainRoutes.has(name)) return trainEndpoint;
  if (uiRoutes.has(name)) return ui;
  if (name === "ui") return ui || docEndpoint;
  return docEndpoint || !apiPageRoutes.has(name);
}

/** Model names are valid schema names: both are `A-Z a-z 0-9 . _ -`. */
function modelSchemas(models: readonly ModelDescription[]): JsonObject {
  const schemas = models.flatMap(({ metadata, predictArgs, trainArgs, response }): [string, JsonObject][] => [
    [`${metadata.servedAs}.predictArgs`, predictArgs as unknown as JsonObject],
    [`${metadata.servedAs}.trainArgs`, trainArgs as unknown as JsonObject],
    ...(response === null ? [] : ([[`${metadata.servedAs}.response`, response]] as [string, JsonObject][])),
  ]);
  return Object.fromEntries(
    schemas.map(([name, schema]) => [name, openApiSchema(schema, `#/components/schemas/${name}`)]),
  );
}

/** For the routes without a model. */
const nobody: ModelDescription = {
  metadata: { servedAs: "", id: "", name: "", description: "", weightsVersion: 0 },
  predictArgs: { type: "object", properties: {}, required: [] },
  trainArgs: { type: "object", properties: {}, required: [] },
  response: null,
  has: { predict: false, predictBatch: false, predictStream: false, train: false },
  resume: "never",
  promote: "always",
  shippedMetrics: {},
};
