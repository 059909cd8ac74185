// The fields of a form, from the schema of the arguments: what is drawn for each.
import type { JsonObject, JsonValue, ObjectSchema } from "@deepaas/core";
import { type Media, mediaOf } from "./media.ts";
import { isSchema, type Schema, simplifySchema } from "./schema.ts";
import { type Slider, sliderOf } from "./slider.ts";

export interface Choice {
  readonly value: JsonValue;
  readonly label: string;
}

export type FieldKind =
  | { readonly is: "text"; readonly long: boolean; readonly format: string | undefined }
  | { readonly is: "secret" }
  | { readonly is: "number"; readonly integer: boolean; readonly slider: Slider | undefined }
  | { readonly is: "choice"; readonly choices: readonly Choice[] }
  | { readonly is: "switch" }
  | { readonly is: "file"; readonly media: Media; readonly many: boolean }
  | { readonly is: "list"; readonly most: number }
  | { readonly is: "tuple" }
  | { readonly is: "object" }
  /** Anything else: text in JSON. */
  | { readonly is: "json" };

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly help: string | undefined;
  /** The caller must give it: it has no default. */
  readonly required: boolean;
  readonly nullable: boolean;
  readonly default: JsonValue | undefined;
  readonly schema: Schema;
  readonly kind: FieldKind;
}

export interface Member {
  readonly name: string;
  readonly schema: JsonValue | undefined;
  readonly required: boolean;
}

/** Returns the fields of the arguments in their order. */
export function fieldsOf(schema: ObjectSchema): readonly FormField[] {
  return membersOf(schema as unknown as Schema).map((member) => fieldFrom(member, schema as unknown as Schema));
}

function fieldFrom({ name, schema: given, required }: Member, root: Schema): FormField {
  const { schema, nullable } = simplifySchema(given, root);
  const fallback = schema.default;
  const must = required && fallback === undefined;
  return {
    name,
    label: typeof schema.title === "string" && schema.title !== "" ? schema.title : name,
    help: typeof schema.description === "string" ? schema.description : undefined,
    required: must,
    nullable,
    default: fallback,
    schema,
    kind: kindOf(schema, { name, always: must || (fallback !== undefined && fallback !== null) }, root),
  };
}

/** Returns the fields inside of an object, a tuple or a list with `count` items. */
export function partsOf({ kind, schema }: FormField, count: number, root: Schema): readonly FormField[] {
  if (kind.is === "object") return membersOf(schema).map((member) => fieldFrom(member, root));
  const items: readonly (JsonValue | undefined)[] =
    kind.is === "tuple"
      ? (schema.prefixItems as readonly JsonValue[])
      : Array.from({ length: count }, () => schema.items);
  return items.map((item, i) => fieldFrom({ name: String(i), schema: item, required: true }, root));
}

function membersOf({ properties, required }: Schema): readonly Member[] {
  const names = Array.isArray(required) ? required : [];
  return Object.entries(isSchema(properties) ? properties : {}).map(([name, schema]) => ({
    name,
    schema,
    required: names.includes(name),
  }));
}

/** `always`: the field always has a value. */
function kindOf(
  schema: Schema,
  { name, always }: { readonly name: string; readonly always: boolean },
  root: Schema,
): FieldKind {
  const choices = choicesOf(schema);
  if (choices) return { is: "choice", choices };
  switch (schema.type) {
    case "string":
      return textKind(schema, name);
    case "number":
    case "integer":
      return { is: "number", integer: schema.type === "integer", slider: sliderOf(schema) };
    case "boolean":
      if (always) return { is: "switch" };
      return { is: "choice", choices: [true, false].map((value) => ({ value, label: value ? "Yes" : "No" })) };
    case "array":
      return listKind(schema, name, root);
    case "object":
      return isSchema(schema.properties) && Object.keys(schema.properties).length > 0
        ? { is: "object" }
        : { is: "json" };
    default:
      return { is: "json" };
  }
}

function textKind(schema: Schema, name: string): FieldKind {
  const { format, maxLength, default: fallback } = schema;
  if (format === "binary") return { is: "file", media: mediaOf(schema, name), many: false };
  if (schema.writeOnly === true || format === "password") return { is: "secret" };
  const long =
    (typeof format === "string" && /^(textarea|multi-?line|markdown|text)$/.test(format)) ||
    (typeof maxLength === "number" && maxLength > 200) ||
    (typeof fallback === "string" && (fallback.includes("\n") || fallback.length > 80)) ||
    (typeof schema.contentMediaType === "string" && schema.contentMediaType.startsWith("text/")) ||
    (format === undefined && maxLength === undefined && /(^|_)(text|prompt|document|message|question)$/i.test(name));
  return { is: "text", long, format: typeof format === "string" ? format : undefined };
}

/** Lists that are longer than this are edited as JSON. */
const mostItems = 24;

function listKind(schema: Schema, name: string, root: Schema): FieldKind {
  const { items, prefixItems, minItems, maxItems, default: fallback } = schema;
  if (Array.isArray(prefixItems)) {
    const isFixed = items === false && prefixItems.length > 0 && prefixItems.length <= mostItems;
    return { is: isFixed ? "tuple" : "json" };
  }
  const { schema: item } = simplifySchema(items, root);
  if (item.format === "binary") {
    const media = mediaOf({ ...item, description: schema.description ?? item.description ?? null }, name);
    return { is: "file", media, many: true };
  }
  const isShort = !(Number(minItems) > mostItems) && !(Array.isArray(fallback) && fallback.length > mostItems);
  const isDrawn =
    choicesOf(item) !== undefined || ["string", "number", "integer", "boolean", "object"].includes(item.type as string);
  if (!isShort || !isDrawn) return { is: "json" };
  return { is: "list", most: typeof maxItems === "number" ? maxItems : Number.POSITIVE_INFINITY };
}

function choicesOf(schema: Schema): readonly Choice[] | undefined {
  if (Array.isArray(schema.choices)) {
    return (schema.choices as readonly JsonObject[]).map(({ const: value = null, title }) => ({
      value,
      label: typeof title === "string" ? title : choiceLabel(value),
    }));
  }
  const values = Array.isArray(schema.enum)
    ? (schema.enum as readonly JsonValue[])
    : "const" in schema
      ? [schema.const as JsonValue]
      : [];
  return values.length === 0 ? undefined : values.map((value) => ({ value, label: choiceLabel(value) }));
}

function choiceLabel(value: JsonValue): string {
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}
