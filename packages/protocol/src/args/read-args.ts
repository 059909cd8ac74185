// The arguments of a call, gathered from the places of an HTTP request.
import type { JsonObject, JsonValue, ModelFile, ObjectSchema } from "@deepaas/core";
import { isFileSchema, isObject, typesOf } from "../schema-queries.ts";
import { valueFromJson, valueFromText } from "./value-from-text.ts";

/** Name to every value given under it, in order. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** The places, each already taken apart. Maps, so that no name can be mistaken for a member of a prototype. */
export interface ArgSources {
  readonly query?: Texts | undefined;
  readonly form?: Texts | undefined;
  readonly files?: ReadonlyMap<string, readonly ModelFile[]> | undefined;
  /** The parsed JSON body. Anything but an object holds no arguments. */
  readonly json?: JsonValue | undefined;
  /**
   * What our own client sends, as a body of our media type or in the part named `_json`: values, taken as they are and
   * before those of any place.
   */
  readonly exact?: JsonObject | undefined;
  /** Names in lower case. Read, as the cookies, only for a field that is located there: may be made when asked for. */
  readonly headers?: Texts | undefined;
  readonly cookies?: Texts | undefined;
}

export type ReadArgs = Record<string, unknown>;

/**
 * Each declared argument from the first place that has it: query, form, JSON; or only from its `location`. Values are
 * never merged. Text becomes the declared type where it can be read as that, and stays text where not, for the host to
 * refuse together with all other mistakes. Arguments that are not declared are passed on: the host drops or refuses them.
 * The result has no prototype. Never throws.
 */
export function readArgs(schema: ObjectSchema, sources: ArgSources): ReadArgs {
  const args = Object.create(null) as ReadArgs;
  for (const [name, field] of Object.entries(schema.properties)) {
    const value = readArg(name, field, sources);
    if (value !== undefined) args[name] = value;
  }
  addUndeclared(args, schema, sources);
  if (Array.isArray(sources.json)) feedList(args, schema, sources.json);
  return args;
}

/** As the original: a body that is a list is the argument that is a list of objects, when there is one such alone. */
function feedList(args: ReadArgs, { properties }: ObjectSchema, json: JsonValue): void {
  const [list, another] = Object.entries(properties).filter(([, field]) => isObjectList(field));
  if (list === undefined || another !== undefined || list[0] in args) return;
  const [name, field] = list;
  if (field.location === undefined || field.location === "json") args[name] = valueFromJson(json, field);
}

function isObjectList(field: JsonObject): boolean {
  const { items } = field;
  return typesOf(field).includes("array") && isObject(items) && isObject(items.properties);
}

function readArg(name: string, field: JsonObject, sources: ArgSources): unknown {
  const { query, form, files, exact } = sources;
  // Wherever it belongs: a caller that gives values does not know of places.
  if (exact !== undefined && Object.hasOwn(exact, name)) return exact[name];
  const location = field.location;
  const at = (place: string) => location === undefined || location === place;
  const asText = (texts: Texts | undefined) => fromTexts(texts?.get(name), field);
  if (isFileSchema(field)) return files?.get(name)?.[0] ?? (form?.get(name)?.[0] || undefined);
  if (isFileList(field)) return files?.get(name) ?? nonEmpty(form?.get(name)?.filter((text) => text !== ""));
  if (location === "headers") return fromTexts(sources.headers?.get(name.toLowerCase()), field);
  if (location === "cookies") return asText(sources.cookies);
  let value: unknown;
  if (query && (at("query") || location === "querystring")) value = asText(query);
  // A file for an argument that is none: the host says so.
  if (at("form") || location === "files") value ??= asText(form) ?? files?.get(name)?.[0];
  if (at("json") && value === undefined) value = fromJson(name, field, sources);
  return value;
}

function fromTexts(texts: readonly string[] | undefined, field: JsonObject): unknown {
  const [first] = texts ?? [];
  if (texts === undefined || first === undefined) return undefined;
  const { items, prefixItems } = field;
  // A tuple cannot be given as text; the host says what it wants instead.
  if (!typesOf(field).includes("array") || prefixItems !== undefined) return valueFromText(first, field);
  const item = isObject(items) ? items : {};
  return texts.map((text) => valueFromText(text, item));
}

function fromJson(name: string, field: JsonObject, { json }: ArgSources): unknown {
  if (isObject(json) && Object.hasOwn(json, name)) return valueFromJson(json[name] as JsonValue, field);
  return undefined;
}

function addUndeclared(args: ReadArgs, { properties }: ObjectSchema, sources: ArgSources): void {
  const { query, form, files, exact, json } = sources;
  const isNew = (name: string) => !Object.hasOwn(properties, name) && !(name in args);
  for (const given of [query, form, files]) {
    if (given) for (const [name, values] of given) if (isNew(name)) args[name] = one(values);
  }
  for (const given of [exact, json]) {
    if (isObject(given)) for (const name of Object.keys(given)) if (isNew(name)) args[name] = given[name];
  }
}

function one(values: readonly unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}

function nonEmpty<T>(items: readonly T[] | undefined): readonly T[] | undefined {
  return items && items.length > 0 ? items : undefined;
}

function isFileList(field: JsonObject): boolean {
  return typesOf(field).includes("array") && isFileSchema(isObject(field.items) ? field.items : undefined);
}
