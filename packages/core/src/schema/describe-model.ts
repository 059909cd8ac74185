// The description of a model, made by the server from the model's declaration and checked on the way: the server does
// not rely on a worker to do either.
import { pointerStep } from "../contract/error.ts";
import { isObject, type JsonObject, type JsonValue } from "../contract/json.ts";
import type { ModelDescription, ModelMetadata, ObjectSchema } from "../contract/model-service.ts";
import { isName, nameRules } from "../contract/names.ts";
import { isPromotionRule, promotionRules } from "../contract/options.ts";
import type { Metrics, PromotionRule } from "../contract/weights.ts";
import { inPart, type ModelDeclaration } from "./declare-model.ts";
import { normaliseFields, normaliseSchema, SchemaFault } from "./normalise-fields.ts";

/** Throws with the model's name and the place of the fault if the declaration is unsound. */
export function describeModel(name: string, declaration: ModelDeclaration): ModelDescription {
  if (!isObject(declaration)) throw new Error(`Model ${name}: its declaration is not an object`);
  const { metadata, predictFields = {}, trainFields = {}, responseSchema, responseFields } = declaration;
  const { resume, promote, shippedMetrics } = declaration;
  const needs = inPart(name, "needs", () => checkNeeds(declaration.needs));
  const has = inPart(name, "has", () => checkHas(declaration.has));
  return {
    metadata: metadataFrom(name, metadata),
    predictArgs: inPart(name, "getPredictArgs", () => withAnyMediaType(normaliseFields(predictFields))),
    trainArgs: inPart(name, "getTrainArgs", () => normaliseFields(trainFields)),
    response: inPart(name, "schema", () => {
      if (responseSchema !== undefined) return normaliseSchema(responseSchema);
      return responseFields === undefined ? null : (normaliseFields(responseFields) as unknown as JsonObject);
    }),
    has: {
      predict: has.predict || has.predictBatch,
      predictBatch: has.predictBatch,
      predictStream: has.predictStream,
      train: has.train,
    },
    resume: inPart(name, "resume", () => checkResume(resume)),
    ...(needs.length > 0 && { needs }),
    promote: inPart(name, "promote", () => checkPromote(promote)),
    shippedMetrics: inPart(name, "shippedMetrics", () => checkMetrics(shippedMetrics)),
  };
}

const members = ["predict", "predictBatch", "predictStream", "train", "reload"] as const;

function checkHas(has: unknown): ModelDeclaration["has"] {
  if (!isObject(has)) throw new SchemaFault("", "must be an object");
  for (const member of members) {
    if (typeof has[member] !== "boolean") throw new SchemaFault(`/${member}`, "must be true or false");
  }
  return has as unknown as ModelDeclaration["has"];
}

function checkResume(resume: unknown): "auto" | "never" {
  if (resume === undefined || resume === "auto" || resume === "never") return resume ?? "auto";
  throw new Error(`must be "auto" or "never", not ${JSON.stringify(resume)}`);
}

function checkNeeds(needs: unknown): readonly string[] {
  if (needs === undefined) return [];
  if (Array.isArray(needs) && needs.every((one) => typeof one === "string" && isName("model", one))) return needs;
  throw new Error(`must be a list of labels of ${nameRules.model}, not ${JSON.stringify(needs)}`);
}

function checkPromote(promote: unknown): PromotionRule {
  if (promote === undefined) return "always";
  if (!isPromotionRule(promote)) throw new Error(`${promotionRules}, not ${JSON.stringify(promote)}`);
  return promote;
}

function checkMetrics(metrics: unknown): Metrics {
  if (metrics === undefined) return {};
  if (!isObject(metrics)) throw new SchemaFault("", "must be an object of names and numbers");
  for (const [metric, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value)) throw new SchemaFault(pointerStep(metric), "must be a finite number");
  }
  return metrics as Metrics;
}

function metadataFrom(name: string, given: JsonValue | undefined): ModelMetadata {
  if (isObject(given)) {
    const { id, name: shown, description, ...rest } = given as JsonObject;
    return {
      id: id ?? name,
      name: shown ?? name,
      description: description ?? name,
      ...rest,
      servedAs: name,
      weightsVersion: 0,
    };
  }
  return {
    id: "0",
    name,
    description: `Could not load description from underlying model (loaded '${name}')`,
    servedAs: name,
    weightsVersion: 0,
  };
}

/** As in the Python server: `accept` also accepts any media type, and its default is the first type of the model. */
function withAnyMediaType(schema: ObjectSchema): ObjectSchema {
  const { accept } = schema.properties;
  const choices = accept?.enum;
  if (!accept || !Array.isArray(choices) || choices.length === 0) return schema;
  const [first] = choices as JsonValue[];
  const offered = choices.includes("*/*") ? choices : [...(choices as JsonValue[]), "*/*"];
  return {
    ...schema,
    properties: { ...schema.properties, accept: { ...accept, enum: offered, default: first as JsonValue } },
    required: schema.required.filter((one) => one !== "accept"),
  };
}
