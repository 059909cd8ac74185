// What a person has entered so far, and the arguments that follow from it. A draft has the shape of its field; its texts need
// not be valid yet.
import { type Issue, isObject, type JsonValue, pointerStep } from "@deepaas/core";
import { type FormField, partsOf } from "./field.ts";
import type { Schema } from "./schema.ts";

/** Undefined: an object, a tuple or a file that is not given. The empty text: a field that is left empty. */
export type Draft = string | boolean | Blob | undefined | readonly Draft[] | DraftObject;
export interface DraftObject {
  readonly [name: string]: Draft;
}

export function isDraftObject(draft: Draft): draft is DraftObject {
  return isObject(draft) && !(draft instanceof Blob);
}

/** Returns the draft of a value; of the default if there is none. `value` fits the field, or it becomes the nearest draft. */
export function draftFrom(field: FormField, value: unknown, root: Schema): Draft {
  const { kind } = field;
  const shown = value === undefined ? field.default : value;
  switch (kind.is) {
    case "switch":
      return shown === true;
    case "choice": {
      const at = kind.choices.findIndex((one) => JSON.stringify(one.value) === JSON.stringify(shown));
      if (at >= 0) return String(at);
      // The only choice of a field that must be given.
      return field.required && kind.choices.length === 1 ? "0" : "";
    }
    case "text":
    case "secret":
      return typeof shown === "string" ? shown : "";
    case "number":
      return typeof shown === "number" ? String(shown) : "";
    case "json":
      if (shown === undefined || (shown === null && field.nullable)) return "";
      return JSON.stringify(shown, undefined, isFlatList(shown) ? undefined : 2);
    case "file":
      return kind.many ? [] : undefined;
    default:
      return draftOfParts(field, shown, root);
  }
}

function draftOfParts(field: FormField, shown: unknown, root: Schema): Draft {
  if (field.kind.is === "list") {
    const items = Array.isArray(shown) ? (shown as readonly unknown[]) : [];
    const wanted = field.required ? Math.max(items.length, Number(field.schema.minItems ?? 0)) : items.length;
    return partsOf(field, wanted, root).map((part, i) => draftFrom(part, items[i], root));
  }
  // A part with parts of its own type would never end: only what must be given is filled in.
  if (shown === undefined || shown === null) {
    if (!field.required) return undefined;
    return emptyParts(field, root);
  }
  if (field.kind.is === "tuple") {
    const items = Array.isArray(shown) ? (shown as readonly unknown[]) : [];
    return partsOf(field, 0, root).map((part, i) => draftFrom(part, items[i], root));
  }
  const members = isObject(shown) ? shown : {};
  return Object.fromEntries(
    partsOf(field, 0, root).map((part) => [part.name, draftFrom(part, ownMember(members, part.name), root)]),
  );
}

/** Returns the draft of an object or a tuple whose parts have their defaults. */
export function emptyParts(field: FormField, root: Schema): Draft {
  return draftOfParts(field, field.kind.is === "tuple" ? [] : {}, root);
}

interface Reading {
  readonly root: Schema;
  readonly pointer: string;
  /** Faults of the drafts that have no value. */
  readonly issues: Issue[];
}

/** Returns the value of a draft; undefined if it is left out or has none. */
export function valueFrom(field: FormField, draft: Draft, reading: Reading): unknown {
  if (isEmpty(draft, field)) return valueOfNothing(field, reading);
  const { kind } = field;
  const fault = (rule: string, message: string) => {
    reading.issues.push({ pointer: reading.pointer, rule, message });
    return undefined;
  };
  switch (kind.is) {
    case "choice":
      return kind.choices[Number(draft)]?.value;
    case "number": {
      const value = Number((draft as string).trim());
      if (!Number.isFinite(value)) return fault("type", "Must be a number.");
      // It would be rounded without a word.
      if (kind.integer && Math.abs(value) > Number.MAX_SAFE_INTEGER)
        return fault("range", `Must be between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}.`);
      return value;
    }
    case "json":
      try {
        return JSON.parse(draft as string) as unknown;
      } catch (error) {
        return fault("json", `Is not JSON: ${(error as Error).message}`);
      }
    case "list":
    case "tuple":
    case "object":
      return valueOfParts(field, draft as readonly Draft[] | DraftObject, reading);
    default:
      return draft;
  }
}

function valueOfParts(field: FormField, draft: readonly Draft[] | DraftObject, reading: Reading): unknown {
  const isList = Array.isArray(draft);
  const values = partsOf(field, isList ? draft.length : 0, reading.root).map(({ name, ...rest }, i) => {
    const part = { name, ...rest };
    const one = isList ? (draft as readonly Draft[])[i] : (draft as DraftObject)[name];
    return [name, valueFrom(part, one, { ...reading, pointer: reading.pointer + pointerStep(name) })] as const;
  });
  if (isList) return values.map(([, value]) => value);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function isEmpty(draft: Draft, { kind, required }: FormField): boolean {
  if (draft === undefined || draft === "") return true;
  if (typeof draft === "string" && kind.is !== "text" && kind.is !== "secret") return draft.trim() === "";
  // A list that must be given may be empty; whether it may is the schema's rule.
  return Array.isArray(draft) && draft.length === 0 && (kind.is === "file" || !required);
}

function valueOfNothing(field: FormField, { issues, pointer }: Reading): JsonValue | undefined {
  const hasDefault = field.default !== undefined && field.default !== null;
  if (field.nullable && (field.required || hasDefault)) return null;
  if (field.required) issues.push({ pointer, rule: "required", message: requiredText(field) });
  // All items of the default were removed.
  return field.kind.is === "list" && hasDefault ? [] : undefined;
}

function requiredText({ kind }: FormField): string {
  if (kind.is === "file") return "Is required: choose a file.";
  return kind.is === "choice" ? "Is required: choose one." : "Is required.";
}

/** Returns undefined for a name that only the prototype has, such as `constructor`. */
export function ownMember(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isFlatList(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null || isFlatList(one));
}
