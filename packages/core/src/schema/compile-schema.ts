// The only module that uses TypeBox's compiler.
import { type Issue, pointerStep } from "../contract/error.ts";
import type { JsonObject, JsonValue } from "../contract/json.ts";
import { isModelFile } from "../contract/model-file.ts";
import { Compile } from "../contract/typebox.ts";
import { type CompiledSchema, issueFinder, maxIssues } from "./find-issues.ts";
import { registerIsoFormats } from "./iso-formats.ts";
import { linearSchema, refinementRules } from "./linear-schema.ts";

/** Throws when the schema cannot be compiled (a broken pattern, a reference to nowhere). */
export function compileSchema(schema: object): CompiledSchema {
  registerIsoFormats();
  const linear = linearSchema(schema, (part) => compileLinear(part).check) as Readonly<Record<string, unknown>>;
  const { check } = compileLinear(linear);
  let find: ((value: unknown) => readonly Issue[]) | undefined;
  return {
    check,
    issues(value) {
      if (check(value)) return [];
      find ??= issueFinder(linear, compileLinear);
      return find(value);
    },
  };
}

function compileLinear(schema: object): CompiledSchema {
  const validator = Compile(schema);
  return {
    check: (value) => validator.Check(value),
    issues: (value) => issuesFrom(validator.Errors(value)),
  };
}

/** Returns a function that finds the issues of one field, compiled among the properties of an object, where references resolve. */
export function fieldIssues(name: string, field: JsonObject): (value: unknown) => readonly Issue[] {
  const compiled = compileSchema({ type: "object", properties: { [name]: fileSchema(field) } });
  const prefix = pointerStep(name).length;
  return (value) =>
    compiled.issues({ [name]: value }).map((issue) => ({ ...issue, pointer: issue.pointer.slice(prefix) }));
}

const isFile = { "~refine": [{ check: isModelFile, error: () => "must be a file" }] };

/** Returns the schema of a field, with "is a `ModelFile`" for a file or for the items of a list of files. */
export function fileSchema(field: JsonObject): object {
  if (isFileSchema(field)) return isFile;
  if (isFileSchema(field.items)) return { ...field, items: isFile };
  return field;
}

/** True for the JSON form of a file: `{ type: "string", format: "binary" }`. */
export function isFileSchema(schema: JsonValue | undefined): boolean {
  const { type, format } = (schema ?? {}) as JsonObject;
  return format === "binary" && [type].flat().includes("string");
}

/** True for a list of files. */
export function isFileListSchema(schema: JsonObject): boolean {
  return schema.type === "array" && isFileSchema(schema.items);
}

interface ValidationError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

function issuesFrom(errors: readonly ValidationError[]): Issue[] {
  const issues = new Map<string, Issue>();
  const add = (issue: Issue) => {
    if (issues.size === maxIssues) return;
    // TypeBox reports some faults under two keywords; the first, the closer one, is kept.
    const key = `${issue.pointer} ${issue.message}`;
    if (!issues.has(key)) issues.set(key, issue);
  };
  for (const { keyword, instancePath, params, message } of errors) {
    const rule = keyword === "~refine" ? (refinementRules[message] ?? keyword) : keyword;
    const common = { rule, params: plainParams(params) };
    if (keyword === "required") {
      for (const name of (params as { requiredProperties: string[] }).requiredProperties) {
        add({ ...common, pointer: instancePath + pointerStep(name), message: "Is required." });
      }
    } else if (keyword === "additionalProperties") {
      for (const name of (params as { additionalProperties: string[] }).additionalProperties.slice(0, maxIssues)) {
        add({ ...common, pointer: instancePath + pointerStep(name), message: "Is not known here." });
      }
    } else if (keyword !== "boolean") {
      add({ ...common, pointer: instancePath, message: sentence(message) });
    }
  }
  // For a schema of `false` only the place is known: an item after a tuple, or a forbidden member.
  const pointers = [...issues.values()].map(({ pointer }) => pointer);
  for (const { instancePath } of errors.filter(({ keyword }) => keyword === "boolean")) {
    const [, list] = /^(.*)\/\d+$/.exec(instancePath) ?? [];
    const place = list ?? instancePath;
    if (pointers.some((pointer) => pointer === place || pointer.startsWith(`${place}/`))) continue;
    if (list === undefined) add({ rule: "boolean", pointer: place, message: "Must not be given." });
    else add({ rule: "maxItems", pointer: place, message: "Must not have so many items." });
  }
  return [...issues.values()];
}

function plainParams(params: object): Readonly<Record<string, unknown>> {
  const { pattern } = params as { readonly pattern?: RegExp };
  return pattern instanceof RegExp ? { ...params, pattern: pattern.source } : { ...params };
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
