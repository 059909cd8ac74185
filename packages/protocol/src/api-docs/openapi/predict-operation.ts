// The arguments and responses of predict, as the model declares them.
import type { JsonObject, ModelDescription } from "@deepaas/core";
import { ownMediaType, weightsVersionHeader } from "../../routes.ts";
import { offeredTypes } from "../document-options.ts";
import { exampleOf } from "../example-of.ts";
import { openApiArguments } from "./arguments.ts";
import { seamStatuses } from "./errors.ts";
import { type Described, errors, headers, schemaRef } from "./responses.ts";

export function predictOperation(described: Described, model: ModelDescription): JsonObject {
  const { servedAs } = model.metadata;
  const { parameters: own, requestBody } = openApiArguments(
    model.predictArgs,
    `#/components/schemas/${servedAs}.predictArgs`,
  );
  return {
    summary: "Predict",
    tags: ["predict"],
    description: predictDescription(model),
    parameters: own,
    ...(requestBody && { requestBody }),
    // A model may reject with any code.
    responses: { "200": prediction(described, model), ...errors(described, ...seamStatuses, 400, 406, 408, 415) },
  };
}

function predictDescription(model: ModelDescription): string {
  const { description } = model.metadata;
  const types = offeredTypes(model).filter((type) => type !== "*/*");
  return [
    ...(typeof description === "string" ? [description] : []),
    ...(types.length > 0 ? [`It answers ${types.join(", ")}: named by \`accept\`, or else negotiated.`] : []),
    ...(model.has.predictStream ? ["Accepting `text/event-stream`, a client gets the answer in parts."] : []),
    ...(model.has.predict ? [] : ["The model does not predict: this is answered 501."]),
  ].join("\n\n");
}

function prediction({ rawPredictions }: Described, model: ModelDescription): JsonObject {
  const { metadata, response, has } = model;
  const own: JsonObject = response === null ? {} : schemaRef(`${metadata.servedAs}.response`);
  const predictions: JsonObject = rawPredictions ? {} : { type: "string" };
  const wrapped = {
    type: "object",
    properties: { status: { const: "OK" }, predictions },
    required: ["status", "predictions"],
  };
  const example = response === null ? undefined : exampleOf(response, response);
  const others = offeredTypes(model).filter((type) => type !== "application/json" && type !== "*/*");
  const files = others.map((type) => [type, {}]);
  // A model may return a file of any type, whatever it declares.
  if (response === null || others.length > 0) files.push(["*/*", {}]);
  return {
    description: "The prediction",
    headers: { ...headers, [weightsVersionHeader]: { $ref: "#/components/headers/WeightsVersion" } },
    content: {
      "application/json": { schema: response === null ? wrapped : own, ...(example !== undefined && { example }) },
      [ownMediaType]: { schema: own },
      ...(has.predictStream && {
        "text/event-stream": {
          schema: { type: "string", description: "One `data` for each part; `event: end` after the last" },
          example: 'retry: 1000\ndata: {"part":1}\n\nevent: end\ndata: null\n\n',
        },
      }),
      ...(Object.fromEntries(files) as JsonObject),
    },
  };
}
