// What is to be known of a model without running it: made once, where its code is, after it was warmed.
import { type JsonObject, type JsonValue, toJson } from "../contract/json.ts";
import type { Model } from "../contract/model.ts";
import type { ModelDescription, ModelMetadata, ObjectSchema } from "../contract/model-service.ts";
import { normaliseFields, normaliseResponse, SchemaFault } from "./normalise-fields.ts";

/** Rejects with the model's name and the place of the fault when a schema is unsound. */
export async function describeModel(name: string, model: Model): Promise<ModelDescription> {
  const part = <T>(what: string, make: () => T): T => {
    try {
      return make();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Model ${name}: ${what}${error instanceof SchemaFault ? " at " : ": "}${reason}`, {
        cause: error,
      });
    }
  };
  return {
    metadata: await metadataOf(name, model),
    predictArgs: part("getPredictArgs", () => withAnyMediaType(normaliseFields(model.getPredictArgs?.() ?? {}))),
    trainArgs: part("getTrainArgs", () => normaliseFields(model.getTrainArgs?.() ?? {})),
    response: part("schema", () => normaliseResponse(model.schema)),
    has: {
      predict: typeof model.predict === "function" || typeof model.predictBatch === "function",
      predictBatch: typeof model.predictBatch === "function",
      predictStream: typeof model.predictStream === "function",
      train: typeof model.train === "function",
    },
    resume: part("resume", () => resumeOf(model.resume)),
  };
}

function resumeOf(resume: unknown): "auto" | "never" {
  if (resume === undefined || resume === "auto" || resume === "never") return resume ?? "auto";
  throw new Error(`it is "auto" or "never", not ${JSON.stringify(resume)}`);
}

async function metadataOf(name: string, model: Model): Promise<ModelMetadata> {
  let given: JsonValue | undefined;
  try {
    given = toJson(await model.getMetadata?.());
  } catch {
    // Told below: metadata must never cost a call.
  }
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    const { id, name: shown, description, ...rest } = given as JsonObject;
    return { id: id ?? name, name: shown ?? name, description: description ?? name, ...rest, servedAs: name };
  }
  return {
    id: "0",
    name,
    description: `Could not load description from underlying model (loaded '${name}')`,
    servedAs: name,
  };
}

/** As the original: `accept` also takes any media type, and its default is the first that the model offers. */
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
