// The state of one form: what is entered, and what is wrong with it.
import { type Issue, isObject, type JsonObject, type ObjectSchema } from "@deepaas/core";
import { type Signal, signal } from "@preact/signals";
import { type Field, fieldOf } from "./field.ts";
import { type Draft, type FormValue, isDrawn, type Reading, readDraft } from "./form-args.ts";
import type { Schema } from "./schema.ts";

export interface FormState {
  /** The field of all arguments. */
  readonly root: Field;
  readonly fields: readonly Field[];
  readonly draft: Signal<Readonly<Record<string, Draft>>>;
  /** The arguments without files, while they are edited as JSON. */
  readonly json: Signal<string | undefined>;
  readonly issues: Signal<readonly Issue[]>;
  /** Counts the checks that found faults: each moves the focus to the first one. */
  readonly refusals: Signal<number>;
}

/** `link`: the arguments of a link as JSON. What is no object is ignored, and so are files and secrets in it. */
export function createForm(given: ObjectSchema, link = "{}"): FormState {
  const schema = given as unknown as Schema;
  const root: Field = { ...fieldOf(schema, { name: "", required: true, root: schema }), is: "object", secret: false };
  const form: FormState = {
    root,
    fields: root.parts(),
    draft: signal({}),
    json: signal(undefined),
    issues: signal([]),
    refusals: signal(0),
  };
  fillForm(form, readDraft(root, parsed(link) ?? {}, { typed: false, hide: leaveOut }).args);
  return form;
}

/** Shows these arguments, and defaults for the others. */
export function fillForm({ root, draft, json, issues }: FormState, args: Readonly<Record<string, unknown>>): void {
  draft.value = args;
  json.value = isDrawn(root, args) ? undefined : jsonText(args);
  issues.value = [];
}

/** Forgets the issues of a field and of what is inside. */
export function clearIssues({ issues }: FormState, pointer: string): void {
  const left = issues.value.filter((one) => one.pointer !== pointer && !one.pointer.startsWith(`${pointer}/`));
  if (left.length < issues.value.length) issues.value = left;
}

/** For what is kept or in a link: it has neither files nor secrets. */
export const leaveOut = () => undefined;

export function readForm({ root, fields, draft, json }: FormState, hide?: Reading["hide"]): FormValue {
  if (json.value === undefined) return readDraft(root, draft.value, { typed: true, hide });
  const given = parsed(json.value || "{}");
  if (given === undefined)
    return { args: {}, issues: [{ pointer: "", rule: "json", message: "Must be an object in JSON: { … }" }] };
  return readDraft(root, { ...given, ...filesOf(fields, draft.value) }, { typed: false, hide });
}

/** Returns the arguments, or undefined if something is wrong with them, which the form then shows. */
export function checkForm(form: FormState): Readonly<Record<string, unknown>> | undefined {
  const { args, issues } = readForm(form);
  showIssues(form, issues);
  return issues.length === 0 ? args : undefined;
}

export function showIssues({ issues, refusals }: FormState, found: readonly Issue[]): void {
  issues.value = found;
  if (found.length > 0) refusals.value += 1;
}

/** Changes between the fields and their JSON. Returns false if the fields cannot show the JSON. */
export function toggleJson(form: FormState): boolean {
  const { root, fields, draft, json, issues } = form;
  if (json.value === undefined) {
    const files = new Set(fields.filter(({ is }) => is === "file").map(({ name }) => name));
    json.value = jsonText(Object.fromEntries(Object.entries(readForm(form).args).filter(([name]) => !files.has(name))));
  } else {
    const given = parsed(json.value || "{}");
    if (given === undefined || !isDrawn(root, given)) return false;
    draft.value = { ...given, ...filesOf(fields, draft.value) };
    json.value = undefined;
  }
  issues.value = [];
  return true;
}

function filesOf(fields: readonly Field[], draft: Readonly<Record<string, Draft>>): Readonly<Record<string, Draft>> {
  const files = fields.filter(({ is, name }) => is === "file" && draft[name] !== undefined);
  return Object.fromEntries(files.map(({ name }) => [name, draft[name]]));
}

function jsonText(args: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(args, undefined, 2);
}

/** Returns undefined for a text that is no object in JSON. */
function parsed(text: string): JsonObject | undefined {
  try {
    const given: unknown = JSON.parse(text);
    return isObject(given) ? (given as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
