// An example of a call of a model on the command line.
import type { JsonObject, JsonValue, ObjectSchema } from "@deepaas/core";
import { exampleValue, isFileArg } from "../example-args.ts";
import { shellWord } from "../terminal/shell-word.ts";

/** Returns `deepaas predict digits --image @FILE`, with the required arguments of the schema. */
export function exampleCommand(kind: "predict" | "train", model: string, schema: ObjectSchema): string {
  const words = schema.required.flatMap((name) => [`--${name}`, exampleText(name, schema.properties[name] ?? {})]);
  return ["deepaas", kind, model, ...words].map(shellWord).join(" ");
}

function exampleText(name: string, field: JsonObject): string {
  if (isFileArg(field)) return "@FILE";
  // A schema without an example gets a value to be replaced.
  const value: JsonValue = exampleValue(name, field) ?? "…";
  return typeof value === "string" ? value : JSON.stringify(value);
}
