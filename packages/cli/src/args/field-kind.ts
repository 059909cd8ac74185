// How the command line takes the value of a field.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";

export interface FieldKind {
  readonly isFile: boolean;
  readonly isBoolean: boolean;
  readonly isSecret: boolean;
  readonly isList: boolean;
  /** True for the text of a list or an object, and for `null` where it is allowed. */
  takesJson(text: string): boolean;
  /** For help: `<integer>`, `<file>`, `<number...>`. */
  readonly placeholder: string;
}

export function fieldKind(field: JsonObject): FieldKind {
  const types = typesOf(field);
  const items = isObject(field.items) ? (field.items as JsonObject) : {};
  const isList = types.includes("array");
  const isFile = field.format === "binary" || (isList && items.format === "binary");
  const isBoolean = types.includes("boolean") && !types.includes("string");
  const isSecret = field.writeOnly === true && field.format === "password";
  const of = isFile ? "file" : isList ? (typesOf(items)[0] ?? "json") : isSecret ? "secret" : (types[0] ?? "json");
  return {
    isFile,
    isBoolean,
    isSecret,
    isList,
    takesJson(text) {
      if (isFile) return false;
      const trimmed = text.trim();
      if (trimmed === "null") return types.includes("null");
      if (isList && trimmed.startsWith("[")) return true;
      if (types.includes("object") && trimmed.startsWith("{")) return true;
      // A field of anything: what is JSON is taken as that.
      return types.length === 0 && isJson(trimmed);
    },
    placeholder: isBoolean ? "" : `<${of}${isList ? "..." : ""}>`,
  };
}

function typesOf(field: JsonObject): readonly string[] {
  const { type, enum: choices, anyOf, oneOf } = field;
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type as string[];
  if (Array.isArray(choices)) return [...new Set((choices as JsonValue[]).map((choice) => typeof choice))];
  const branches = [anyOf, oneOf].find(Array.isArray) ?? [];
  return [...new Set((branches as JsonValue[]).flatMap((one) => (isObject(one) ? typesOf(one as JsonObject) : [])))];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
