// The line that `deepaas run` prints for each model.
import type { JsonObject, JsonValue, ModelDescription, ObjectSchema } from "@deepaas/core";
import { exampleValue, isFileArg } from "../example-args.ts";
import { shellWord } from "../terminal/shell-word.ts";

/** Returns a shell command that calls the model with its required arguments, or shows its metadata if it has no method. */
export function curlHint(description: ModelDescription, url: string): string {
  const { metadata, has, predictArgs, trainArgs } = description;
  const model = `${url}/v2/models/${metadata.servedAs}`;
  if (has.predict || has.predictBatch) {
    return `  curl ${acceptHeader(predictArgs)}${argumentsOf(predictArgs)} ${model}/predict/`;
  }
  if (has.train) return `  curl ${argumentsOf(trainArgs)} ${model}/train/`;
  if (!has.predictStream) return `  curl ${model}/`;
  return `  curl -N -H 'Accept: text/event-stream' ${argumentsOf(predictArgs)} ${model}/predict/`;
}

/**
 * Returns the option of curl for the `Accept` header, if the model has an argument for it. Without the option curl asks for any
 * media type, and the model may have no answer to that.
 */
function acceptHeader({ properties: { accept } }: ObjectSchema): string {
  if (!Array.isArray(accept?.enum) || typeof accept.default !== "string") return "";
  return `-H ${shellWord(`Accept: ${accept.default}`)} `;
}

function argumentsOf({ properties, required }: ObjectSchema): string {
  const fields = required.map((name) => [name, properties[name] ?? {}] as const);
  // A schema without an example gets a value to be replaced.
  const example = (name: string, schema: JsonObject) => exampleValue(name, schema) ?? "…";
  if (fields.some(([, schema]) => isFileArg(schema))) {
    return fields
      .map(
        ([name, schema]) =>
          `-F ${shellWord(`${name}=${isFileArg(schema) ? "@FILE" : formText(example(name, schema))}`)}`,
      )
      .join(" ");
  }
  if (fields.length === 0) return "-X POST";
  const values = fields.map(([name, schema]) => [name, example(name, schema)]);
  return `--json ${shellWord(JSON.stringify(Object.fromEntries(values)))}`;
}

function formText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
