// The definitions that every Swagger document has. Names and members are those of the Python server; where its document is wrong
// (a list of trainings as an object, a status "completed", one link for several) this one is right.
import type { JsonObject } from "@deepaas/core";

const ref = (name: string): JsonObject => ({ $ref: `#/definitions/${name}` });
const listOf = (name: string): JsonObject => ({ type: "array", items: ref(name) });
const text = (description?: string): JsonObject => ({
  type: "string",
  ...(description !== undefined && { description }),
});

export const discoveryDefinitions: Readonly<Record<string, JsonObject>> = {
  Failure: { type: "object", properties: { message: text("Failure message") }, required: ["message"] },
  Location: {
    type: "object",
    properties: { rel: text(), href: { type: "string", format: "url" }, type: text() },
    required: ["href", "rel"],
  },
  Version: {
    type: "object",
    properties: { version: text(), id: text(), links: listOf("Location"), type: text() },
    required: ["id", "version"],
  },
  ModelMeta: {
    type: "object",
    properties: {
      id: text("Model identifier"),
      name: text("Model name"),
      description: text("Model description"),
      license: text("Model license"),
      author: { description: "Model author, or a list of them" },
      version: text("Model version"),
      url: text("Model url"),
      links: listOf("Location"),
    },
    required: ["description", "id", "name"],
  },
  Models: { type: "object", properties: { models: listOf("ModelMeta") }, required: ["models"] },
};

export const argumentErrorsDefinition: JsonObject = {
  type: "object",
  additionalProperties: true,
  description: "The faults of the arguments: a list of sentences by name, nested for objects and lists",
};

export const trainingDefinitions: Readonly<Record<string, JsonObject>> = {
  Training: {
    type: "object",
    properties: {
      uuid: text("Training identifier"),
      date: text("Training start time, local and without a zone"),
      status: { type: "string", enum: ["running", "error", "done", "cancelled"], description: "Training status" },
      message: text("Optional message explaining status"),
      args: { type: "object", description: "The arguments, with defaults" },
      result: {
        type: "object",
        description: "Of a training that is done",
        properties: { output: { description: "What the model gave" }, finish_date: text(), duration: text() },
      },
    },
    required: ["date", "status", "uuid"],
  },
  TrainingList: listOf("Training"),
};

/** `rawPredictions`: any JSON value, not a string. */
export function predictionDefinition(options: { readonly rawPredictions: boolean }): JsonObject {
  const predictions = options.rawPredictions
    ? { description: "What the model gave" }
    : text("String containing predictions");
  return {
    type: "object",
    properties: { status: text("Response status message"), predictions },
    required: ["predictions", "status"],
  };
}

export const versionsDefinition: JsonObject = {
  type: "object",
  properties: { versions: listOf("Version"), links: listOf("Location") },
};
