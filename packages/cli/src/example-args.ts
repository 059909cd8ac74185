// Arguments that the schemas of a model allow, made from the schemas: for the hint of `deepaas run`, for `check` and `bench`.
import { isObject, type JsonObject, type JsonValue, type ModelFile, type ObjectSchema } from "@deepaas/core";
import { compileSchema, isFileSchema } from "@deepaas/core/ports";
import { candidates } from "./examples/candidates.ts";
import { smallFile } from "./examples/small-file.ts";

export type ExampleValue = JsonValue | ModelFile | readonly ModelFile[];

export interface ExampleArgs {
  readonly args: Readonly<Record<string, ExampleValue>>;
  /** The required arguments for which no valid value was found. */
  readonly missing: readonly string[];
}

/** Returns an example for each required argument; with `optional`, also for each other one for which there is a valid value. */
export function exampleArgs(
  { properties, required }: ObjectSchema,
  { optional = false }: { readonly optional?: boolean } = {},
): ExampleArgs {
  const args: Record<string, ExampleValue> = {};
  const missing: string[] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const isRequired = required.includes(name);
    if (!isRequired && !optional) continue;
    const value = isFileArg(schema) ? exampleFiles(name, schema) : exampleValue(name, schema);
    if (value !== undefined) args[name] = value;
    else if (isRequired) missing.push(name);
  }
  return { args, missing };
}

/** True for a file and for a list of files. */
export function isFileArg(schema: JsonObject): boolean {
  return isFileSchema(schema) || isFileSchema(schema.items);
}

/** Returns the first value that the schema of an argument allows, or undefined if none was found. It is not for files. */
export function exampleValue(name: string, schema: JsonObject): JsonValue | undefined {
  const allows = valueCheck(name, schema);
  for (const value of candidates(schema, { [name]: schema })) {
    if (allows(value)) return value;
  }
  return undefined;
}

/** Returns a function that is true for the values that the schema of an argument allows. */
export function valueCheck(name: string, schema: JsonObject): (value: JsonValue) => boolean {
  const { check } = compileSchema({ type: "object", properties: { [name]: schema } });
  return (value) => check({ [name]: value });
}

function exampleFiles(name: string, schema: JsonObject): ModelFile | readonly ModelFile[] {
  if (isFileSchema(schema)) return smallFile(name, schema);
  const { items, minItems } = schema;
  const count = typeof minItems === "number" ? Math.max(1, minItems) : 1;
  return Array.from({ length: count }, () => smallFile(name, isObject(items) ? (items as JsonObject) : {}));
}
