// The state of one form: what is entered, and what is wrong with it.
import type { Issue, JsonObject, ObjectSchema } from "@deepaas/core";
import { type Signal, signal } from "@preact/signals";
import type { Draft, DraftObject } from "./draft.ts";
import { type FormField, fieldsOf } from "./field.ts";
import {
  checkArgs,
  draftOfArgs,
  type FormValue,
  isDrawn,
  type PlacedIssues,
  placeIssues,
  readDraft,
  readJson,
  shareableArgs,
} from "./form-args.ts";
import type { Schema } from "./schema.ts";

export interface FormState {
  readonly schema: ObjectSchema;
  readonly root: Schema;
  readonly fields: readonly FormField[];
  readonly draft: Signal<DraftObject>;
  /** The arguments without files, while they are edited as JSON. */
  readonly json: Signal<string | undefined>;
  readonly faults: Signal<PlacedIssues>;
  /** Counts the checks that found faults: each moves the focus to the first one. */
  readonly refusals: Signal<number>;
}

const noFaults: PlacedIssues = { at: new Map(), others: [] };

export function createForm(schema: ObjectSchema, args: JsonObject = {}): FormState {
  const root = schema as unknown as Schema;
  const fields = fieldsOf(schema);
  const form: FormState = {
    schema,
    root,
    fields,
    draft: signal({}),
    json: signal(undefined),
    faults: signal(noFaults),
    refusals: signal(0),
  };
  fillForm(form, args);
  return form;
}

/** Shows these arguments, and defaults for the others. */
export function fillForm(form: FormState, args: JsonObject): void {
  const { fields, root } = form;
  form.draft.value = draftOfArgs(fields, args, root);
  form.json.value = isDrawn(fields, args, root) ? undefined : jsonText(args);
  form.faults.value = noFaults;
}

/** Replaces the draft of one argument. What was wrong with it is not known any more. */
export function setDraft(form: FormState, name: string, draft: Draft): void {
  form.draft.value = { ...form.draft.value, [name]: draft };
}

/** Forgets the faults of a field and of what is inside. */
export function clearFaults(form: FormState, pointer: string): void {
  const { at, others } = form.faults.value;
  const left = [...at].filter(([one]) => one !== pointer && !one.startsWith(`${pointer}/`));
  if (left.length < at.size) form.faults.value = { at: new Map(left), others };
}

export function readForm({ fields, draft, json, root }: FormState): FormValue {
  return json.value === undefined ? readDraft(fields, draft.value, root) : readJson(fields, json.value, draft.value);
}

/** Returns the arguments, or undefined if something is wrong with them, which the form then shows. */
export function checkForm(form: FormState): Readonly<Record<string, unknown>> | undefined {
  const value = readForm(form);
  const issues = checkArgs(form.schema, value);
  showIssues(form, issues);
  return issues.length === 0 ? value.args : undefined;
}

export function showIssues(form: FormState, issues: readonly Issue[]): void {
  const { fields, draft, json, root } = form;
  const drawn = json.value === undefined ? fields : fields.filter(({ kind }) => kind.is === "file");
  form.faults.value = issues.length === 0 ? noFaults : placeIssues(issues, { fields: drawn, draft: draft.value, root });
  if (issues.length > 0) form.refusals.value += 1;
}

/** Changes between the fields and their JSON. Undefined, or why the JSON cannot be shown as fields. */
export function toggleJson(form: FormState): string | undefined {
  const { schema, fields, root, json, draft } = form;
  const { args, issues } = readForm(form);
  if (json.value === undefined) {
    json.value = jsonText(withoutFiles(form, args));
    form.faults.value = noFaults;
    return undefined;
  }
  if (issues.some(({ pointer }) => pointer === "")) return issues[0]?.message;
  const given = withoutFiles(form, args);
  if (!isDrawn(fields, given, root) || Object.keys(given).some((name) => !Object.hasOwn(schema.properties, name)))
    return "The fields cannot show these arguments: they stay JSON.";
  const files = fields.filter(({ kind }) => kind.is === "file").map(({ name }) => [name, draft.value[name]] as const);
  draft.value = { ...draftOfArgs(fields, given, root), ...Object.fromEntries(files) };
  json.value = undefined;
  form.faults.value = noFaults;
  return undefined;
}

function withoutFiles({ fields }: FormState, args: Readonly<Record<string, unknown>>): JsonObject {
  const files = new Set(fields.filter(({ kind }) => kind.is === "file").map(({ name }) => name));
  return Object.fromEntries(Object.entries(args).filter(([name]) => !files.has(name))) as JsonObject;
}

function jsonText(args: JsonObject): string {
  return JSON.stringify(args, undefined, 2);
}

/** Returns the arguments of a link: `?args={…}`. Files and secrets in it are left out. Undefined if it is no JSON object. */
export function argsOfLink(schema: ObjectSchema, text: string): JsonObject | undefined {
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given === "object" && given !== null && !Array.isArray(given)) return shareableArgs(schema, given);
  } catch {
    // Not JSON.
  }
  return undefined;
}
