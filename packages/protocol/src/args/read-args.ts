// Reads the arguments of a call from the parts of an HTTP request.
import type { JsonObject, JsonValue, ModelFile, ObjectSchema } from "@deepaas/core";
import { isFileSchema, isObject, typesOf } from "../schema-queries.ts";
import { valueFromJson, valueFromText } from "./value-from-text.ts";

/** All values of each name, in order. */
export type Texts = ReadonlyMap<string, readonly string[]>;

/** The parsed parts of a request. Maps, so that no name is mistaken for a member of a prototype. */
export interface ArgSources {
  readonly query?: Texts | undefined;
  readonly form?: Texts | undefined;
  readonly files?: ReadonlyMap<string, readonly ModelFile[]> | undefined;
  /** The parsed JSON body. Only an object has arguments. */
  readonly json?: JsonValue | undefined;
  /**
   * Arguments from a client of this project, in a body of its media type or the part `_json`: exact values, which are not
   * converted and have precedence over all other parts.
   */
  readonly exact?: JsonObject | undefined;
  /** Names in lower case. Headers and cookies are read only for a field with that location, so they may be getters. */
  readonly headers?: Texts | undefined;
  readonly cookies?: Texts | undefined;
}

export type ReadArgs = Record<string, unknown>;

/**
 * Returns each declared argument from the first part that has it: query, form, JSON, or only its `location`. Values of several
 * parts are not merged. Text is converted to the declared type; text that cannot be converted stays text, and the host refuses
 * it together with all other faults. Undeclared arguments are passed on unread: the host drops or refuses them. The result
 * may be the object of the body, changed. Never throws.
 */
export function readArgs(schema: ObjectSchema, sources: ArgSources): ReadArgs {
  const { json, exact } = sources;
  // A million undeclared members of a body cost nothing: they stay where they are.
  const args = (exact ?? (isObject(json) ? json : Object.create(null))) as ReadArgs;
  for (const [name, field] of Object.entries(schema.properties)) {
    const value = readArg(name, field, sources);
    if (value !== undefined) args[name] = value;
    else if (Object.hasOwn(args, name)) delete args[name];
  }
  addUndeclared(args, schema, sources);
  if (Array.isArray(json)) feedList(args, schema, json);
  return args;
}

/** As in the Python server: a body that is a list is the argument that is a list of objects, if there is exactly one. */
function feedList(args: ReadArgs, { properties }: ObjectSchema, json: JsonValue): void {
  const [list, another] = Object.entries(properties).filter(([, field]) => isObjectList(field));
  if (list === undefined || another !== undefined || Object.hasOwn(args, list[0])) return;
  const [name, field] = list;
  if (field.location === undefined || field.location === "json") args[name] = valueFromJson(json, field);
}

function isObjectList(field: JsonObject): boolean {
  const { items } = field;
  return typesOf(field).includes("array") && isObject(items) && isObject(items.properties);
}

function readArg(name: string, field: JsonObject, sources: ArgSources): unknown {
  const { query, form, files, exact } = sources;
  // At any location: a caller with exact values does not know of locations.
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
  // A file for an argument that is not a file: the host refuses it.
  if (at("form") || location === "files") value ??= asText(form) ?? files?.get(name)?.[0];
  if (at("json") && value === undefined) value = fromJson(name, field, sources);
  return value;
}

function fromTexts(texts: readonly string[] | undefined, field: JsonObject): unknown {
  const [first] = texts ?? [];
  if (texts === undefined || first === undefined) return undefined;
  const { items, prefixItems } = field;
  // Text cannot express a tuple; the host refuses it.
  if (!typesOf(field).includes("array") || prefixItems !== undefined) return valueFromText(first, field);
  const item = isObject(items) ? items : {};
  return texts.map((text) => valueFromText(text, item));
}

function fromJson(name: string, field: JsonObject, { json }: ArgSources): unknown {
  if (isObject(json) && Object.hasOwn(json, name)) return valueFromJson(json[name] as JsonValue, field);
  return undefined;
}

function addUndeclared(args: ReadArgs, { properties }: ObjectSchema, { query, form, files }: ArgSources): void {
  for (const given of [query, form, files]) {
    if (!given) continue;
    for (const [name, values] of given) {
      if (Object.hasOwn(properties, name) || Object.hasOwn(args, name)) continue;
      Object.defineProperty(args, name, { value: one(values), enumerable: true, configurable: true, writable: true });
    }
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
