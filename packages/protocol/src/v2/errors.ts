// The 422 body of DEEPaaS V2: `{ "<argument>": ["message", …] }`, nested for nested arguments.
import type { Issue, JsonObject, ObjectSchema } from "@deepaas/core";
import { isObject, itemSchema, memberSchema, typesOf, withoutNull } from "../schema-queries.ts";
import { v2Sentence } from "./sentences.ts";

/** Messages, or nested errors: by member, by item (`"0"`), or by value of a dictionary (`{ "value": … }`). */
export type V2Errors = { [key: string]: V2Errors | string[] };

interface Found {
  readonly issue: Issue;
  /** The keys of the messages in the body. */
  readonly keys: readonly string[];
  readonly schema: JsonObject | undefined;
  readonly value: unknown;
}

/** `args`: the arguments that were read, for the sentences about null and special numbers, as in the Python server. */
export function v2Errors(issues: readonly Issue[], schema?: ObjectSchema, args?: unknown): V2Errors {
  const root = emptyErrors();
  for (const { issue, keys, schema: at, value } of closest(issues.map((one) => locate(one, schema, args)))) {
    put(root, keys, v2Sentence(issue, at, value));
  }
  return root;
}

function locate(issue: Issue, schema: ObjectSchema | undefined, args: unknown): Found {
  const steps = issue.pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  let at: JsonObject | undefined = schema as JsonObject | undefined;
  let value: unknown = args;
  const keys: string[] = [];
  let isItem = false;
  for (const [depth, step] of steps.entries()) {
    const shape: JsonObject | undefined = at && withoutNull(at);
    const inList: boolean = shape !== undefined && typesOf(shape).includes("array") && /^\d+$/.test(step);
    const properties = shape?.properties;
    const inDictionary =
      depth > 0 &&
      !inList &&
      isObject(shape?.additionalProperties) &&
      !(isObject(properties) && Object.hasOwn(properties, step));
    isItem = inList;
    keys.push(step, ...(inDictionary ? ["value"] : []));
    at = shape && (inList ? itemSchema(shape, Number(step)) : memberSchema(shape, step));
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, step)
        ? (value as JsonObject)[step]
        : undefined;
  }
  const shape = at && withoutNull(at);
  // In a list of objects also null is an object of a wrong type.
  const isWrongObject = issue.rule === "type" && isNested(shape) && (value !== null || isItem);
  if (steps.length === 0 || isWrongObject) {
    return {
      issue: { ...issue, rule: "", message: "Invalid input type." },
      keys: [...keys, "_schema"],
      schema: undefined,
      value: undefined,
    };
  }
  return { issue, keys, schema: shape, value };
}

function isNested(schema: JsonObject | undefined): boolean {
  if (schema === undefined || !isObject(schema.properties)) return false;
  return Object.keys(schema.properties).length > 0 && typesOf(schema).includes("object");
}

/** Keeps one fault per place, the closest: a value of a wrong type is not also reported as too short. */
function closest(all: readonly Found[]): Found[] {
  const byPointer = Map.groupBy(all, ({ issue }) => issue.pointer);
  const unions = new Set<string>();
  const kept: Found[] = [];
  for (const [pointer, group] of byPointer) {
    const own = ofOnePlace(group);
    if (own.some(({ issue }) => isUnionRule(issue.rule))) unions.add(pointer);
    kept.push(...own);
  }
  const inUnion = (pointer: string) => [...unions].some((union) => pointer.startsWith(`${union}/`));
  // As in the Python server, which checks a list or object as a whole only if all of its parts are valid.
  const hasPart = (pointer: string) => [...byPointer.keys()].some((other) => other.startsWith(`${pointer}/`));
  return kept.filter(({ issue }) => !inUnion(issue.pointer) && (unions.has(issue.pointer) || !hasPart(issue.pointer)));
}

function ofOnePlace(group: readonly Found[]): readonly Found[] {
  const union = group.find(
    ({ issue, schema }) => isUnionRule(issue.rule) && schema && (schema.anyOf ?? schema.oneOf) !== undefined,
  );
  if (union) return [union];
  const rest = group.filter(
    ({ issue }) => !isUnionRule(issue.rule) && !(issue.rule === "type" && issue.params?.type === "null"),
  );
  const own = rest.length > 0 ? rest : group.slice(0, 1);
  const wrongType = own.find(({ issue }) => issue.rule === "type" || issue.rule === "");
  if (wrongType) return [wrongType];
  const rules = own.filter(({ issue }) => issue.rule !== "additionalProperties");
  return rules.length > 0 ? rules : own.slice(0, 1);
}

function isUnionRule(rule: string): boolean {
  return rule === "anyOf" || rule === "oneOf";
}

function put(root: V2Errors, keys: readonly string[], message: string): void {
  let at = root;
  for (const key of keys.slice(0, -1)) {
    const there = at[key];
    const next = there === undefined || Array.isArray(there) ? emptyErrors() : there;
    at[key] = next;
    at = next;
  }
  const last = keys.at(-1) as string;
  const there = at[last];
  if (!Array.isArray(there)) at[last] = [message];
  else if (!there.includes(message)) there.push(message);
}

function emptyErrors(): V2Errors {
  return Object.create(null) as V2Errors;
}
