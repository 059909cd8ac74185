// Validates the arguments of a call: keeps declared arguments, fills in defaults, checks the schema.
import { DeepaasError, type Issue, pointerStep } from "../contract/error.ts";
import { type JsonObject, type JsonValue, toJsonArgs } from "../contract/json.ts";
import { isFileSource, type ModelFile, modelFile } from "../contract/model-file.ts";
import type { ObjectSchema } from "../contract/model-service.ts";
import { compileSchema, fieldIssues, fileSchema, isFileListSchema, isFileSchema } from "./compile-schema.ts";

export type UnknownArgs = "drop" | "reject";
export type ValidArgs = Record<string, unknown>;

/** Throws `invalid_args` with every issue. Pointers start at the object of arguments. */
export type ArgsValidator = (args: unknown) => ValidArgs;

interface FieldPlan {
  readonly name: string;
  readonly schema: JsonObject;
  readonly required: boolean;
  readonly default: JsonValue | undefined;
  readonly file: "one" | "list" | undefined;
  readonly nested: boolean;
}

export function argsValidator(schema: ObjectSchema, unknownArgs: UnknownArgs): ArgsValidator {
  const plans = Object.entries(schema.properties).map(
    ([name, field]): FieldPlan => ({
      name,
      schema: field,
      required: schema.required.includes(name),
      default: field.default,
      file: isFileSchema(field) ? "one" : isFileListSchema(field) ? "list" : undefined,
      nested: hasNestedDefaults(field),
    }),
  );
  const declared = new Set(plans.map(({ name }) => name));
  const whole = compileSchema({
    type: "object",
    properties: Object.fromEntries(plans.map(({ name, schema: field }) => [name, fileSchema(field)])),
    required: schema.required,
  });
  // Compiled on first use. Issues are looked up field by field, because TypeBox stops at eight issues for one object.
  const single = new Map<string, (value: unknown) => readonly Issue[]>();

  const issuesOf = (given: ValidArgs): Issue[] =>
    plans.flatMap(({ name, schema: field, required }): Issue[] => {
      const pointer = pointerStep(name);
      if (!Object.hasOwn(given, name)) return required ? [{ pointer, rule: "required", message: "Is required." }] : [];
      const issues = single.get(name) ?? fieldIssues(name, field);
      single.set(name, issues);
      return issues(given[name]).map((issue) => ({ ...issue, pointer: pointer + issue.pointer }));
    });

  return (args) => {
    const given = toJsonArgs(args);
    const valid: ValidArgs = {};
    for (const plan of plans) {
      const value = Object.hasOwn(given, plan.name) ? given[plan.name] : undefined;
      if (value !== undefined) {
        const files = modelFilesFrom(value, plan.file === "list");
        valid[plan.name] = files ?? (plan.nested ? withNestedDefaults(value, plan.schema) : value);
      } else if (plan.default !== undefined) {
        valid[plan.name] = typeof plan.default === "object" ? structuredClone(plan.default) : plan.default;
      }
    }
    const unknown = unknownArgs === "reject" ? Object.keys(given).filter((name) => !declared.has(name)) : [];
    if (unknown.length > 0 || !whole.check(valid)) {
      const issues = [
        ...issuesOf(valid),
        ...unknown.map(
          (name): Issue => ({
            pointer: pointerStep(name),
            rule: "additionalProperties",
            message: "Is not known here.",
          }),
        ),
      ];
      throw new DeepaasError("invalid_args", sentenceFor(issues), { issues });
    }
    return valid;
  };
}

function sentenceFor(issues: readonly Issue[]): string {
  const [first] = issues;
  if (!first) return "The arguments are not valid.";
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return `${first.pointer}: ${first.message}${more}`;
}

/** Returns the files that `value` is or lists, or undefined if it holds none. */
function modelFilesFrom(value: unknown, asList: boolean): ModelFile | readonly ModelFile[] | undefined {
  if (isFileSource(value)) return asList ? [modelFile(value)] : modelFile(value);
  return Array.isArray(value) && isFileSource(value[0]) ? value.map((file) => modelFile(file)) : undefined;
}

function hasNestedDefaults(schema: JsonValue | undefined): boolean {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return false;
  const { properties, items, additionalProperties } = schema as JsonObject;
  return (
    Object.values((properties ?? {}) as JsonObject).some(
      (member) => (member as JsonObject).default !== undefined || hasNestedDefaults(member),
    ) ||
    hasNestedDefaults(items) ||
    hasNestedDefaults(additionalProperties)
  );
}

/** Returns a copy of `value` with the defaults of nested objects. The caller's object does not change. */
function withNestedDefaults(value: unknown, schema: JsonValue | undefined): unknown {
  if (typeof value !== "object" || value === null || typeof schema !== "object" || schema === null) return value;
  const { properties = {}, items, additionalProperties } = schema as JsonObject;
  if (Array.isArray(value)) return value.map((item) => withNestedDefaults(item, items));
  const members = properties as JsonObject;
  // Object.fromEntries keeps an own `__proto__` as a member.
  const filled = Object.entries(value).map(([key, member]) => [
    key,
    withNestedDefaults(member, Object.hasOwn(members, key) ? members[key] : additionalProperties),
  ]);
  for (const [key, member] of Object.entries(members)) {
    const fallback = (member as JsonObject).default;
    if (fallback !== undefined && !Object.hasOwn(value, key)) filled.push([key, structuredClone(fallback)]);
  }
  return Object.fromEntries(filled);
}
