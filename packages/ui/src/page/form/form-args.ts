// The arguments of a form: read from its drafts, checked, and without what must not leave the page.
import { type Issue, isObject, type JsonObject, type JsonValue, type ObjectSchema, pointerStep } from "@deepaas/core";
import { issuesOf } from "./check.ts";
import { type Draft, type DraftObject, draftFrom, isDraftObject, ownMember, valueFrom } from "./draft.ts";
import { type FormField, partsOf } from "./field.ts";
import { pointerSteps, resolveSchema, type Schema, simplifySchema } from "./schema.ts";

export interface FormValue {
  /** `Blob`s are files. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly issues: readonly Issue[];
}

export function draftOfArgs(
  fields: readonly FormField[],
  args: Readonly<Record<string, unknown>>,
  root: Schema,
): DraftObject {
  return Object.fromEntries(fields.map((field) => [field.name, draftFrom(field, ownMember(args, field.name), root)]));
}

/** Reads the drafts without checking them against the schema. */
export function readDraft(fields: readonly FormField[], draft: DraftObject, root: Schema): FormValue {
  const issues: Issue[] = [];
  const entries = fields.map((field) => {
    const reading = { root, pointer: pointerStep(field.name), issues };
    return [field.name, valueFrom(field, draft[field.name], reading)] as const;
  });
  return { args: Object.fromEntries(entries.filter(([, value]) => value !== undefined)), issues };
}

/** Reads arguments from JSON; the files are those of the drafts. */
export function readJson(fields: readonly FormField[], text: string, draft: DraftObject): FormValue {
  let given: unknown;
  try {
    given = JSON.parse(text.trim() || "{}");
  } catch (error) {
    return { args: {}, issues: [{ pointer: "", rule: "json", message: `Is not JSON: ${(error as Error).message}` }] };
  }
  if (!isObject(given))
    return { args: {}, issues: [{ pointer: "", rule: "type", message: "Must be an object: { … }" }] };
  const issues: Issue[] = [];
  const args: Record<string, unknown> = { ...given };
  for (const { name, kind, required } of fields) {
    if (kind.is === "file") {
      const files = draft[name];
      if (files !== undefined && !(Array.isArray(files) && files.length === 0)) args[name] = files;
    }
    if (required && ownMember(args, name) === undefined)
      issues.push({ pointer: pointerStep(name), rule: "required", message: "Is required." });
  }
  return { args, issues };
}

/** Returns all faults: those of reading, then those of the values. At most one of each place and sentence. */
export function checkArgs(schema: ObjectSchema, { args, issues }: FormValue): readonly Issue[] {
  const root = schema as unknown as Schema;
  const all = [...issues];
  for (const [name, value] of Object.entries(args)) {
    const pointer = pointerStep(name);
    if (!Object.hasOwn(schema.properties, name)) {
      all.push({ pointer, rule: "additionalProperties", message: "Is not an argument of this model." });
      continue;
    }
    // An item without a value was reported already.
    const found = issuesOf(schema.properties[name], value, { root, pointer });
    const isKnown = (one: Issue) =>
      issues.some((known) => one.pointer === known.pointer || one.pointer.startsWith(`${known.pointer}/`));
    all.push(...found.filter((one) => !isKnown(one)));
  }
  return [...new Map(all.map((one) => [`${one.pointer} ${one.message}`, one])).values()];
}

/** Returns the arguments without files and secrets: for links, and for what is kept. */
export function shareableArgs(schema: ObjectSchema, args: unknown): JsonObject {
  return withoutSecrets(schema as unknown as Schema, isObject(args) ? args : {}, {
    root: schema as unknown as Schema,
  }) as JsonObject;
}

/** Returns the arguments with `secret` in the place of each secret. Files are left out. */
export function maskedArgs(schema: ObjectSchema, args: unknown, secret: (name: string) => string): JsonObject {
  const root = schema as unknown as Schema;
  return withoutSecrets(root, isObject(args) ? args : {}, { root, secret }) as JsonObject;
}

interface Masking {
  readonly root: Schema;
  readonly secret?: (name: string) => string;
}

function withoutSecrets(given: JsonValue | undefined, value: unknown, masking: Masking): unknown {
  const { schema } = simplifySchema(given, masking.root);
  if (Array.isArray(value)) {
    const prefix = (schema.prefixItems ?? []) as readonly JsonValue[];
    return value.flatMap((one, i) =>
      kept(prefix[i] ?? schema.items, [String(i), one], masking).map(([, item]) => item),
    );
  }
  if (!isObject(value)) return value;
  const properties = (schema.properties ?? {}) as JsonObject;
  const entries = Object.entries(value).flatMap(([name, one]) =>
    kept(properties[name] ?? schema.additionalProperties, [name, one], masking),
  );
  return Object.fromEntries(entries);
}

function kept(
  given: JsonValue | undefined,
  [name, value]: readonly [string, unknown],
  masking: Masking,
): readonly [string, unknown][] {
  const { schema } = simplifySchema(given, masking.root);
  const item = resolveSchema(schema.items, masking.root);
  if (value instanceof Blob || schema.format === "binary" || item.format === "binary") return [];
  if (schema.writeOnly !== true && schema.format !== "password")
    return [[name, withoutSecrets(schema, value, masking)]];
  return masking.secret ? [[name, masking.secret(name)]] : [];
}

/** True if the form shows these arguments as they are. False: they are edited as JSON. */
export function isDrawn(fields: readonly FormField[], args: JsonObject, root: Schema): boolean {
  const { args: read } = readDraft(fields, draftOfArgs(fields, args, root), root);
  return Object.entries(args).every(([name, value]) => sameJson(read[name], value));
}

/** The order of members does not matter. */
function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((one, i) => sameJson(one, b[i]));
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  const names = Object.keys(b);
  // Members with a default may have been added.
  return names.every((name) => sameJson(a[name], b[name]));
}

export interface PlacedIssues {
  /** Sentences by the pointer of the drawn field. */
  readonly at: ReadonlyMap<string, readonly string[]>;
  /** Those of no field. */
  readonly others: readonly Issue[];
}

/** Finds for each issue the innermost field that is drawn. */
export function placeIssues(
  issues: readonly Issue[],
  {
    fields,
    draft,
    root,
  }: { readonly fields: readonly FormField[]; readonly draft: DraftObject; readonly root: Schema },
): PlacedIssues {
  const at = new Map<string, string[]>();
  const others: Issue[] = [];
  for (const issue of issues) {
    const steps = pointerSteps(issue.pointer);
    const taken = drawnSteps(fields, steps, { draft, root });
    if (taken === 0) {
      others.push(issue);
      continue;
    }
    const pointer = steps.slice(0, taken).map(pointerStep).join("");
    const inside = steps.slice(taken).join(" › ");
    at.set(pointer, [...(at.get(pointer) ?? []), inside === "" ? issue.message : `${inside}: ${issue.message}`]);
  }
  return { at, others };
}

function drawnSteps(
  fields: readonly FormField[],
  steps: readonly string[],
  { draft, root }: { readonly draft: Draft; readonly root: Schema },
): number {
  const [step, ...rest] = steps;
  const field = fields.find(({ name }) => name === step);
  if (field === undefined) return 0;
  const inside = Array.isArray(draft)
    ? (draft as readonly Draft[])[Number(step)]
    : isDraftObject(draft)
      ? draft[field.name]
      : undefined;
  if (!["list", "tuple", "object"].includes(field.kind.is) || inside === undefined) return 1;
  const parts = partsOf(field, Array.isArray(inside) ? inside.length : 0, root);
  return 1 + drawnSteps(parts, rest, { draft: inside, root });
}
