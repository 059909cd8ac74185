// How the command line takes the value of a field.
import { isObject, type JsonObject } from "@deepaas/core";
import { typesOf } from "@deepaas/protocol";
import { isFileArg } from "../example-args.ts";

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
  const isFile = isFileArg(field);
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

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
