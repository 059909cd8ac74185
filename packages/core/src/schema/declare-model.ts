// What a model states about itself, as plain JSON. It is made beside the model, where TypeBox's marks can still be read,
// and sent to the server, which describes and checks it (describe-model.ts).
import { errorText } from "../contract/error.ts";
import { type JsonObject, type JsonValue, NotJson, toJson } from "../contract/json.ts";
import type { Model } from "../contract/model.ts";
import { fieldEntries, isOptionalField, isSingleSchema, SchemaFault } from "./normalise-fields.ts";
import { schemaToJson } from "./plain-schema.ts";

/** What a model states about itself: plain JSON, neither normalised nor checked. */
export interface ModelDeclaration {
  /** Absent if the model has no metadata or failed to return it. */
  readonly metadata?: JsonValue;
  /** Name to schema. An optional field has a `default`, `required: false` or `"~optional": true`. */
  readonly predictFields?: JsonObject;
  readonly trainFields?: JsonObject;
  /** The response as one schema, or as a dictionary like `predictFields`. Neither: the response is not validated. */
  readonly responseSchema?: JsonValue;
  readonly responseFields?: JsonObject;
  readonly has: {
    readonly predict: boolean;
    readonly predictBatch: boolean;
    readonly predictStream: boolean;
    readonly train: boolean;
    /** New weights are passed to `reload`; without it the model is warmed again. */
    readonly reload: boolean;
  };
  /** `"auto"` or `"never"`. Default `"auto"`. */
  readonly resume?: JsonValue;
  /** A list of labels. Default: none. */
  readonly needs?: JsonValue;
  /** A `PromotionRule`. Default `"always"`. */
  readonly promote?: JsonValue;
  /** Name to number. Default: none. */
  readonly shippedMetrics?: JsonValue;
}

/** Rejects with the model's name and the place of the fault if a schema is not JSON. Call it after `warm`. */
export async function declarationOf(name: string, model: Model): Promise<ModelDeclaration> {
  const metadata = await metadataOf(model);
  const stated = (member: "resume" | "needs" | "promote" | "shippedMetrics") => {
    const value = model[member];
    return value === undefined ? {} : inPart(name, member, () => ({ [member]: toJson(value) }));
  };
  return {
    ...(metadata !== undefined && { metadata }),
    ...inPart(name, "getPredictArgs", () => ({ predictFields: fieldsToJson(model.getPredictArgs?.() ?? {}) })),
    ...inPart(name, "getTrainArgs", () => ({ trainFields: fieldsToJson(model.getTrainArgs?.() ?? {}) })),
    ...inPart(name, "schema", () => responseToJson(model.schema)),
    has: abilitiesOf(model),
    ...stated("resume"),
    ...stated("needs"),
    ...stated("promote"),
    ...stated("shippedMetrics"),
  };
}

/** Returns which of the optional methods the model has. */
export function abilitiesOf(model: Model): ModelDeclaration["has"] {
  const has = (member: keyof ModelDeclaration["has"]) => typeof model[member] === "function";
  return {
    predict: has("predict"),
    predictBatch: has("predictBatch"),
    predictStream: has("predictStream"),
    train: has("train"),
    reload: has("reload"),
  };
}

/** Runs `make`; an error names the model, the member that it comes from and, if known, the place in it. */
export function inPart<T>(name: string, member: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const link = error instanceof SchemaFault ? " at " : ": ";
    throw new Error(`Model ${name}: ${member}${link}${errorText(error)}`, { cause: error });
  }
}

async function metadataOf(model: Model): Promise<JsonValue | undefined> {
  try {
    return toJson(await model.getMetadata?.());
  } catch {
    // Metadata is for display: a fault in it must not stop the start.
    return undefined;
  }
}

function fieldsToJson(fields: unknown): JsonObject {
  const entries = fieldEntries(fields).map(({ name, field, pointer }): [string, JsonValue] => {
    const json = asJson(field, pointer);
    const isMarked = "default" in json || json.required === false || !isOptionalField(field);
    return [name, isMarked ? json : { ...json, "~optional": true }];
  });
  return Object.fromEntries(entries);
}

function responseToJson(schema: unknown): Pick<ModelDeclaration, "responseSchema" | "responseFields"> {
  if (schema === null || schema === undefined) return {};
  if (isSingleSchema(schema)) return { responseSchema: asJson(schema, "") };
  return { responseFields: fieldsToJson(schema) };
}

function asJson(schema: object, pointer: string): JsonObject {
  try {
    return schemaToJson(schema);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new SchemaFault(pointer + error.pointer, `a schema is plain JSON: ${error.message}`);
  }
}
