// The calls that `deepaas check` makes: the example arguments, and changes of one argument each.
import { isObject, type JsonObject, type JsonValue, type ObjectSchema, pointerStep } from "@deepaas/core";
import { type ExampleValue, isFileArg, valueCheck } from "../example-args.ts";

export type CallArgs = Readonly<Record<string, ExampleValue>>;

export interface Variation {
  /** "the example arguments", or the change: `/n = 0 (its minimum)`. */
  readonly title: string;
  /** The JSON Pointer of the argument that differs; empty for the example itself. */
  readonly pointer: string;
  readonly args: CallArgs;
}

/** Longer texts and lists are not made. */
const maxSize = 10_000;
const maxChoices = 50;

/**
 * The first one is the example. Each one is valid for the schema. Arguments that are not in the example are not added: the
 * model may refuse them together with the others.
 */
export function variationsOf({ properties, required }: ObjectSchema, args: CallArgs): readonly Variation[] {
  const variations: Variation[] = [{ title: "the example arguments", pointer: "", args }];
  for (const [name, schema] of Object.entries(properties)) {
    const pointer = pointerStep(name);
    if (args[name] === undefined) continue;
    for (const { value, what } of isFileArg(schema) ? [] : limitsOf(name, schema, args[name])) {
      variations.push({ title: `${pointer} = ${short(value)} (${what})`, pointer, args: { ...args, [name]: value } });
    }
    if (required.includes(name)) continue;
    const { [name]: _left, ...rest } = args;
    variations.push({ title: `without ${pointer}`, pointer, args: rest });
  }
  return variations;
}

/**
 * Returns the example arguments, and others for a model that refuses them because some cannot be given together: without the
 * optional ones, and with one of them each.
 */
export function examplesOf({ required }: ObjectSchema, args: CallArgs): readonly CallArgs[] {
  const entries = Object.entries(args);
  const needed = entries.filter(([name]) => required.includes(name));
  const others = entries.filter(([name]) => !required.includes(name));
  if (others.length === 0) return [args];
  const withOne = others.map((one) => Object.fromEntries([...needed, one]));
  return [args, Object.fromEntries(needed), ...(others.length > 1 ? withOne : [])];
}

interface Limit {
  readonly value: JsonValue;
  readonly what: string;
}

function limitsOf(name: string, schema: JsonObject, example: ExampleValue | undefined): readonly Limit[] {
  const allows = valueCheck(name, schema);
  const seen = new Set([JSON.stringify(example)]);
  return [...limitValues(schema)].filter(({ value }) => {
    const text = JSON.stringify(value);
    if (seen.has(text) || !allows(value)) return false;
    seen.add(text);
    return true;
  });
}

function* limitValues(schema: JsonObject): Generator<Limit> {
  const number = (keyword: string) => (typeof schema[keyword] === "number" ? (schema[keyword] as number) : undefined);
  const types = [schema.type ?? []].flat();
  const [minimum, maximum] = [number("minimum"), number("maximum")];
  if (minimum !== undefined) yield { value: minimum, what: "its minimum" };
  if (maximum !== undefined) yield { value: maximum, what: "its maximum" };
  const [above, below] = [number("exclusiveMinimum"), number("exclusiveMaximum")];
  if (types.includes("integer")) {
    if (above !== undefined) yield { value: Math.floor(above) + 1, what: "its least value" };
    if (below !== undefined) yield { value: Math.ceil(below) - 1, what: "its largest value" };
  }
  for (const value of choicesOf(schema).slice(0, maxChoices)) yield { value, what: "a choice" };
  if (types.includes("boolean")) yield* [true, false].map((value) => ({ value, what: "a choice" }));
  if (types.includes("null")) yield { value: null, what: "a choice" };
  const [minLength = 0, maxLength] = [number("minLength"), number("maxLength")];
  if (types.includes("string")) {
    yield { value: "a".repeat(Math.min(minLength, maxSize)), what: "its least length" };
    if (maxLength !== undefined && maxLength <= maxSize)
      yield { value: "a".repeat(maxLength), what: "its largest length" };
  }
  if (types.includes("array") && number("minItems") === undefined) yield { value: [], what: "its least length" };
}

function choicesOf({ enum: choices, anyOf, oneOf }: JsonObject): readonly JsonValue[] {
  const branches = [anyOf, oneOf].flatMap((list) => (Array.isArray(list) ? (list as JsonValue[]) : []));
  const constants = branches.flatMap((branch) => {
    const value = isObject(branch) ? (branch as JsonObject).const : undefined;
    return value === undefined ? [] : [value];
  });
  return [...(Array.isArray(choices) ? (choices as JsonValue[]) : []), ...constants];
}

function short(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

export interface DifferentCalls {
  readonly first: CallArgs;
  /** The same as `first` if no argument can differ. */
  readonly second: CallArgs;
  readonly marks?: { readonly first: string; readonly second: string };
}

const marks = { first: "text-of-the-first-call", second: "text-of-the-second-call" };

/** Returns two calls that differ in as much as possible. */
export function differentCalls(schema: ObjectSchema, args: CallArgs): DifferentCalls {
  const first: Record<string, ExampleValue> = { ...args };
  const second: Record<string, ExampleValue> = { ...args };
  let isMarked = false;
  for (const { pointer, args: changed } of variationsOf(schema, args)) {
    const name = Object.keys(changed).find((one) => pointerStep(one) === pointer);
    if (name !== undefined && second[name] === args[name]) second[name] = changed[name] as ExampleValue;
  }
  for (const [name, field] of Object.entries(schema.properties)) {
    const value = args[name];
    if (isFileArg(field) || name === "accept" || value === undefined) continue;
    const allows = valueCheck(name, field);
    if (allows(marks.first) && allows(marks.second) && !allows(1)) {
      first[name] = marks.first;
      second[name] = marks.second;
      isMarked = true;
    } else if (typeof value === "number" && second[name] === value && allows(value + 1)) second[name] = value + 1;
    else if (Array.isArray(value)) first[name] = unsorted(value as JsonValue[]).find(allows) ?? value;
  }
  return { first, second, ...(isMarked && { marks }) };
}

/** Longer lists, so that a model that sorts its argument is noticed. */
function unsorted(list: readonly JsonValue[]): readonly JsonValue[] {
  const [item = null] = list;
  const larger = typeof item === "number" ? [[item + 2, item, item + 1]] : [];
  return [...larger, [...list, ...list], list];
}
