// The arguments of a model in `--help` and `deepaas describe`.
import type { JsonObject, JsonValue, ObjectSchema } from "@deepaas/core";
import { definitions } from "../terminal/table.ts";
import { fieldKind } from "./field-kind.ts";

/** One row for each argument. Ends with a line break; "" for a model without arguments. */
export function argsHelp({ properties, required }: ObjectSchema): string {
  return definitions(
    Object.entries(properties).map(([name, field]) => {
      const { placeholder } = fieldKind(field);
      return [`  --${name} ${placeholder}`.trimEnd(), textOf(field, required.includes(name))];
    }),
  );
}

function textOf(field: JsonObject, isRequired: boolean): string {
  const { description, default: fallback, enum: choices } = field;
  const parts = [
    typeof description === "string" ? (description.split("\n")[0] as string) : "",
    isRequired ? "(required)" : "",
    Array.isArray(choices) ? `(one of ${(choices as JsonValue[]).map(shown).join(", ")})` : "",
    limitsOf(field),
    fallback === undefined ? "" : `(default: ${shown(fallback)})`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

function limitsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonObject): string {
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const parts = [
    low === undefined ? "" : `${minimum === undefined ? "more than" : "at least"} ${shown(low)}`,
    high === undefined ? "" : `${maximum === undefined ? "less than" : "at most"} ${shown(high)}`,
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `(${parts.join(", ")})`;
}

function shown(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
