// The fields of a form, from the schema of the arguments: what is drawn for each.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";
import { type Media, mediaOf } from "./media.ts";
import { type Schema, simplifySchema } from "./schema.ts";

export interface Choice {
  readonly value: JsonValue;
  readonly label: string;
}

/** "json": anything that has no input of its own. */
export type FieldKind =
  | "text"
  | "long"
  | "secret"
  | "number"
  | "choice"
  | "switch"
  | "file"
  | "list"
  | "object"
  | "json";

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly is: FieldKind;
  /** Without `$ref` and null. */
  readonly schema: Schema;
  /** The caller must give it: it has no default. */
  readonly required: boolean;
  readonly nullable: boolean;
  /** Is neither kept nor in a link. */
  readonly secret: boolean;
  /** What is shown as long as nothing is entered. */
  readonly start: unknown;
  readonly choices: readonly Choice[];
  readonly media: Media;
  /** A list of files. */
  readonly many: boolean;
  /** The fields of an object, or one for each item of a list with `count` items. */
  readonly parts: (count?: number) => readonly Field[];
}

interface Place {
  readonly name: string;
  readonly required: boolean;
  /** The schema that `#/…` refers into. */
  readonly root: Schema;
  /** Of an item: its title. */
  readonly label?: string;
}

export function fieldOf(given: JsonValue | undefined, { name, required, root, label }: Place): Field {
  const { schema, nullable } = simplifySchema(given, root);
  const { title, description, format, properties, items, minItems, default: fallback } = schema;
  const choices = choicesOf(schema, required || (fallback ?? null) !== null);
  const is = choices.length > 0 ? "choice" : kindOf(schema, name, root);
  const must = required && fallback === undefined;
  const item = is === "file" ? simplifySchema(items, root).schema : {};
  const starts: Partial<Record<FieldKind, unknown>> = {
    switch: false,
    object: {},
    list: Array.from({ length: Number(minItems ?? 0) }),
    choice: choices.length === 1 ? choices[0]?.value : undefined,
  };
  const hint = { time: "In UTC.", "date-time": "In your time zone." }[String(format)];
  const own = label ?? (typeof title === "string" && title !== "" ? title : name);
  return {
    name,
    label: own,
    help: [description, hint].filter((one) => typeof one === "string").join(" "),
    is,
    schema,
    required: must,
    nullable,
    secret: isSecret(schema) || (is === "json" && mayHideSecrets(given, root)),
    start: fallback ?? (must && !nullable ? starts[is] : undefined),
    choices,
    media: mediaOf({ ...item, ...schema }, name),
    many: is === "file" && schema.type === "array",
    parts: (count = 0) =>
      is === "list"
        ? Array.from({ length: count }, (_, i) =>
            fieldOf(items, { name: String(i), required: true, root, label: `${own} ${i + 1}` }),
          )
        : Object.entries((properties ?? {}) as JsonObject).map(([one, inside]) =>
            fieldOf(inside, { name: one, required: [schema.required].flat().includes(one), root }),
          ),
  };
}

/** Lists that are longer than this are edited as JSON. */
const mostItems = 24;
const longName = /(^|_)(text|prompt|document|message|question)$/i;

function kindOf(schema: Schema, name: string, root: Schema): FieldKind {
  const { type, format, maxLength, default: fallback, items, minItems, properties } = schema;
  const isFree = schema.allOf === undefined && (schema.additionalProperties ?? false) === false;
  switch (type) {
    case "string":
      if (format === "binary") return "file";
      if (isSecret(schema)) return "secret";
      return Number(maxLength) > 200 ||
        format === "textarea" ||
        longName.test(name) ||
        /\n|.{80}/.test(String(fallback ?? ""))
        ? "long"
        : "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "switch";
    case "object":
      return isFree && isObject(properties) && Object.keys(properties).length > 0 ? "object" : "json";
    case "array": {
      const { is, schema: item } = fieldOf(items, { name, required: true, root });
      if (schema.prefixItems !== undefined || is === "json" || is === "list" || item.type === "array") return "json";
      if (is === "file") return "file";
      return Number(minItems) > mostItems || (fallback as readonly unknown[])?.length > mostItems ? "json" : "list";
    }
    default:
      return "json";
  }
}

/** `always`: it has a value. Else a boolean has three: yes, no, and nothing. */
function choicesOf(schema: Schema, always: boolean): readonly Choice[] {
  const { choices, type, enum: values } = schema;
  const plain = (value: JsonValue): Choice => ({
    value,
    label: typeof value === "string" && value !== "" ? value : JSON.stringify(value),
  });
  if (Array.isArray(choices))
    return (choices as readonly JsonObject[]).map(({ const: value = null, title }) =>
      typeof title === "string" ? { value, label: title } : plain(value),
    );
  if (Array.isArray(values)) return (values as readonly JsonValue[]).map(plain);
  if (schema.const !== undefined) return [plain(schema.const)];
  if (type !== "boolean" || always) return [];
  return [
    { value: true, label: "Yes" },
    { value: false, label: "No" },
  ];
}

function isSecret({ writeOnly, format }: Schema): boolean {
  return writeOnly === true || format === "password";
}

/** What is edited as JSON is a secret, if any part of it is one. */
function mayHideSecrets(schema: JsonValue | undefined, root: Schema): boolean {
  const text = JSON.stringify(schema ?? {});
  const all = text.includes('"$ref"') ? text + JSON.stringify(root) : text;
  return /"writeOnly":true|"format":"(password|binary)"/.test(all);
}

/** Returns what a field shows: what is entered, else what it starts with. */
export function shownOf({ start }: Field, draft: unknown): unknown {
  return draft === undefined ? start : draft;
}
