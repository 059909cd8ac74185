// Reads what is entered: one walk over the fields finds the values, checks them, and takes out what must not leave the page.
import { type Issue, isObject, pointerStep } from "@deepaas/core";
import { faultsOf } from "./check.ts";
import { type Field, shownOf } from "./field.ts";

/**
 * What is entered in a field: its value, or a text that may become one. Undefined: nothing yet. A draft of an object or of a list
 * consists of the drafts inside.
 */
export type Draft = unknown;

/** The text of a field that is edited as JSON. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface Reading {
  /** False: the arguments are given as JSON, and taken as they are. */
  readonly typed: boolean;
  /** Returns what stands for a secret or a file; undefined leaves it out. */
  readonly hide?: ((field: Field, draft: Draft) => unknown) | undefined;
}

interface Walk extends Reading {
  readonly pointer: string;
  readonly issues: Issue[];
}

export interface FormValue {
  /** `Blob`s are files. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly issues: readonly Issue[];
}

/** `root`: the field of all arguments. */
export function readDraft(root: Field, draft: Draft, reading: Reading): FormValue {
  const issues: Issue[] = [];
  const args = readField(root, draft, { ...reading, pointer: "", issues });
  return { args: isObject(args) ? args : {}, issues };
}

/** Returns the value of a draft, or undefined if it is left out or has none. */
function readField(field: Field, draft: Draft, walk: Walk): unknown {
  const { is, schema, required, nullable, secret } = field;
  const { typed, hide, pointer, issues } = walk;
  const fault = (rule: string, message: string) => {
    issues.push({ pointer, rule, message });
    return undefined;
  };
  if (hide && (secret || is === "file")) return draft === undefined ? undefined : hide(field, draft);
  const given = typed && schema.default === undefined ? shownOf(field, draft) : draft;
  let value = typed ? typedValue(field, given) : given;
  if (value instanceof JsonText) {
    try {
      value = JSON.parse(value.text);
    } catch (error) {
      return fault("json", `Is not JSON: ${(error as Error).message}`);
    }
  }
  if (value === undefined) {
    if (typed && nullable && (required || (draft !== undefined && (schema.default ?? null) !== null))) return null;
    return required ? fault("required", is === "file" ? "Is required: choose a file." : "Is required.") : undefined;
  }
  if (value === null && nullable) return null;
  if (is === "file") return typed && ![value].flat().every((one) => one instanceof Blob) ? undefined : value;
  const faults = faultsOf(field, value);
  for (const [rule, message] of faults) fault(rule, message);
  if (faults.some(([rule]) => rule === "type" || rule === "enum")) return typed ? undefined : value;
  if (is === "list") {
    const items = value as readonly Draft[];
    return field.parts(items.length).flatMap((part, i) => {
      const one = readField(part, items[i], { ...walk, pointer: pointer + pointerStep(i) });
      return one === undefined ? [] : [one];
    });
  }
  return is === "object" ? membersOf(field, value as Readonly<Record<string, Draft>>, walk) : value;
}

function membersOf({ schema, parts }: Field, drafts: Readonly<Record<string, Draft>>, walk: Walk): unknown {
  const fields = new Map(parts().map((part) => [part.name, part]));
  const names = new Set([...Object.keys(drafts), ...fields.keys()]);
  const entries = [...names].flatMap((name) => {
    const field = fields.get(name);
    const inside = { ...walk, pointer: walk.pointer + pointerStep(name) };
    const draft = Object.hasOwn(drafts, name) ? drafts[name] : undefined;
    if (!field && (walk.pointer === "" || schema.additionalProperties === false))
      walk.issues.push({ pointer: inside.pointer, rule: "additionalProperties", message: "Is not a known name." });
    const value = field ? readField(field, draft, inside) : walk.typed ? undefined : draft;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

/** Turns the text of an input into a value; undefined if it is empty. */
function typedValue({ is, required, schema }: Field, draft: Draft): Draft {
  if (draft instanceof JsonText) return draft.text.trim() === "" ? undefined : draft;
  // An emptied list that has a default, or must be given, is an empty list.
  if (Array.isArray(draft) && draft.length === 0 && (is === "file" || (!required && !schema.default))) return undefined;
  if (typeof draft !== "string" || is === "choice" || is === "json") return draft;
  const text = is === "number" ? draft.trim() : draft;
  if (text === "") return undefined;
  return is === "number" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** True if the fields show these arguments as they are. False: they are edited as JSON. */
export function isDrawn(root: Field, args: Readonly<Record<string, unknown>>): boolean {
  return holds(readDraft(root, args, { typed: true }).args, args);
}

/** The order of members does not matter, and there may be more of them. */
function holds(all: unknown, some: unknown): boolean {
  if (Array.isArray(all) && Array.isArray(some))
    return all.length === some.length && all.every((one, i) => holds(one, some[i]));
  if (!isObject(all) || !isObject(some)) return Object.is(all, some);
  return Object.keys(some).every((name) => holds(all[name], some[name]));
}

/** Returns the issues of a place that no part of it shows. They name what is inside of it. */
export function issuesAt(issues: readonly Issue[], pointer: string, parts: readonly string[]): readonly Issue[] {
  const inside = (one: Issue, at: string) => one.pointer === at || one.pointer.startsWith(`${at}/`);
  return issues.filter(
    (one) => inside(one, pointer) && !parts.some((part) => inside(one, pointer + pointerStep(part))),
  );
}
