// Validates the arguments of a call: keeps declared arguments, fills in defaults, checks the schema.
import { DeepaasError, type Issue, pointerStep } from "../contract/error.ts";
import { argsObject, isObject, type JsonObject, type JsonValue, toJsonArg } from "../contract/json.ts";
import { isFileSource, isModelFile, type ModelFile, modelFile } from "../contract/model-file.ts";
import type { ObjectSchema } from "../contract/model-service.ts";
import { compileSchema, fieldIssues, fileSchema, isFileListSchema, isFileSchema } from "./compile-schema.ts";
import { maxIssues } from "./find-issues.ts";

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
  readonly takesFiles: boolean;
  /** Adds the defaults of nested objects. */
  readonly fill: ((value: unknown) => unknown) | undefined;
}

export function argsValidator(schema: ObjectSchema, unknownArgs: UnknownArgs): ArgsValidator {
  const plans = Object.entries(schema.properties).map(([name, field]): FieldPlan => {
    const file = isFileSchema(field) ? "one" : isFileListSchema(field) ? "list" : undefined;
    return {
      name,
      schema: field,
      required: schema.required.includes(name),
      default: field.default,
      file,
      takesFiles: file !== undefined || !typeKeywords.some((keyword) => keyword in field),
      fill: defaultsFiller(field),
    };
  });
  const declared = new Set(plans.map(({ name }) => name));
  const whole = compileSchema({
    type: "object",
    properties: Object.fromEntries(plans.map(({ name, schema: field }) => [name, fileSchema(field)])),
    required: schema.required,
  });
  // Compiled on first use. Issues are looked up field by field, because TypeBox stops at eight issues for one object.
  const single = new Map<string, (value: unknown) => readonly Issue[]>();

  const issuesOf = (given: ValidArgs): Issue[] =>
    plans.flatMap((plan): Issue[] => {
      const { name, schema: field, required } = plan;
      const pointer = pointerStep(name);
      if (!Object.hasOwn(given, name)) return required ? [{ pointer, rule: "required", message: "Is required." }] : [];
      if (isMisplacedFile(plan, given[name])) return [{ pointer, rule: "type", message: "Must not be a file." }];
      const issues = single.get(name) ?? fieldIssues(name, field);
      single.set(name, issues);
      return issues(given[name]).map((issue) => ({ ...issue, pointer: pointer + issue.pointer }));
    });

  return (args) => {
    const given = argsObject(args);
    const valid: ValidArgs = {};
    let hasMisplacedFile = false;
    for (const plan of plans) {
      const own = Object.hasOwn(given, plan.name) ? given[plan.name] : undefined;
      if (own !== undefined) {
        const value = toJsonArg(plan.name, own);
        const files = modelFilesFrom(value, plan.file === "list");
        hasMisplacedFile ||= isMisplacedFile(plan, files);
        valid[plan.name] = files ?? (plan.fill ? plan.fill(value) : value);
      } else if (plan.default !== undefined) {
        valid[plan.name] = typeof plan.default === "object" ? structuredClone(plan.default) : plan.default;
      }
    }
    const unknown = unknownArgs === "reject" ? unknownNames(given, declared) : [];
    if (unknown.length > 0 || hasMisplacedFile || !whole.check(valid)) {
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

/** Returns the first undeclared names. */
function unknownNames(given: Readonly<Record<string, unknown>>, declared: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (const name in given) {
    if (declared.has(name) || !Object.hasOwn(given, name) || given[name] === undefined) continue;
    names.push(name);
    if (names.length === maxIssues) break;
  }
  return names;
}

const typeKeywords = ["type", "enum", "const", "anyOf", "oneOf", "allOf", "not", "$ref"];

/** A file fits a field of files and a field of anything, but no field of objects, although a `ModelFile` is an object. */
function isMisplacedFile({ takesFiles }: FieldPlan, value: unknown): boolean {
  return !takesFiles && (isModelFile(value) || (Array.isArray(value) && isModelFile(value[0])));
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

/**
 * Returns a function that adds the defaults of nested objects, or undefined if there are none. It returns a copy if it adds
 * one, because the caller's object does not change.
 */
function defaultsFiller(schema: JsonValue | undefined): ((value: unknown) => unknown) | undefined {
  if (!isObject(schema)) return undefined;
  const { properties, items, additionalProperties } = schema as JsonObject;
  const declared = isObject(properties) ? (properties as JsonObject) : {};
  const members = Object.entries(declared)
    .map(([name, member]) => ({ name, fallback: (member as JsonObject).default, fill: defaultsFiller(member) }))
    .filter(({ fallback, fill }) => fallback !== undefined || fill !== undefined);
  const fillItem = defaultsFiller(items);
  const fillOther = defaultsFiller(additionalProperties);
  if (members.length === 0 && fillItem === undefined && fillOther === undefined) return undefined;
  return (value) => {
    if (Array.isArray(value)) return fillItem ? value.map(fillItem) : value;
    if (!isObject(value)) return value;
    const changed = new Map<string, unknown>();
    const put = (name: string, filled: unknown) => {
      if (filled !== value[name]) changed.set(name, filled);
    };
    for (const { name, fallback, fill } of members) {
      if (!Object.hasOwn(value, name)) put(name, structuredClone(fallback));
      else if (fill) put(name, fill(value[name]));
    }
    if (fillOther) {
      for (const name of Object.keys(value)) if (!Object.hasOwn(declared, name)) put(name, fillOther(value[name]));
    }
    // Object.fromEntries keeps an own `__proto__` as a member.
    return changed.size === 0 ? value : Object.fromEntries([...Object.entries(value), ...changed]);
  };
}
