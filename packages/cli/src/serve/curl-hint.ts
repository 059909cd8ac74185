import { isObject, type JsonObject, type JsonValue, type ModelDescription, type ObjectSchema } from "@deepaas/core";

/** Returns a shell command that calls the model with its required arguments. */
export function curlHint(description: ModelDescription, url: string): string {
  const { metadata, has, predictArgs, trainArgs } = description;
  const model = `${url}/v2/models/${metadata.servedAs}`;
  if (has.predict || has.predictBatch) return `  curl ${argumentsOf(predictArgs)} ${model}/predict/`;
  if (has.train) return `  curl ${argumentsOf(trainArgs)} ${model}/train/`;
  return `  curl -N -H 'Accept: text/event-stream' ${argumentsOf(predictArgs)} ${model}/predict/`;
}

function argumentsOf({ properties, required }: ObjectSchema): string {
  const fields = required.map((name) => [name, properties[name] ?? {}] as const);
  if (fields.some(([, schema]) => isFile(schema))) {
    return fields
      .map(([name, schema]) => `-F ${quoted(`${name}=${isFile(schema) ? "@FILE" : formText(schema)}`)}`)
      .join(" ");
  }
  if (fields.length === 0) return "-X POST";
  return `--json ${quoted(JSON.stringify(Object.fromEntries(fields.map(([name, schema]) => [name, example(schema)]))))}`;
}

function isFile({ format, items }: JsonObject): boolean {
  return format === "binary" || (isObject(items) && isFile(items as JsonObject));
}

function formText(schema: JsonObject): string {
  const value = example(schema);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Returns a value that a simple schema allows; for a schema with further keywords it is a guess. */
function example(schema: JsonObject): JsonValue {
  const { type, minimum, exclusiveMinimum, maximum, minLength, items } = schema;
  const [given] = [schema.default, schema.const, first(schema.examples), first(schema.enum)].filter(
    (v) => v !== undefined,
  );
  if (given !== undefined) return given;
  switch (Array.isArray(type) ? type[0] : type) {
    case "integer":
    case "number":
      if (typeof minimum === "number") return minimum;
      if (typeof exclusiveMinimum === "number") return exclusiveMinimum + 1;
      return typeof maximum === "number" ? Math.min(1, maximum) : 1;
    case "boolean":
      return true;
    case "array":
      return isObject(items) ? [example(items as JsonObject)] : [];
    case "object":
      return {};
    default:
      return "text".padEnd(typeof minLength === "number" ? minLength : 0, "-");
  }
}

function first(value: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(value) ? (value[0] as JsonValue) : undefined;
}

function quoted(text: string): string {
  return /^[\w@=./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
