// Arguments and results on an RPC connection: JSON in which `{"$file": …}` is a reference to an attachment. A plain object of
// this form is escaped with one more `$`, so that no value is mistaken for a file.
import { type FileSource, invalidArgs, isFileSource, type JsonValue, toJsonArgs } from "@deepaas/core";

/** The reference to a file whose content follows in binary frames. */
export interface FileRef {
  /** Id of the attachment, greater than all earlier ids of this sender. */
  readonly id: number;
  readonly contentType: string;
  /** In bytes. Absent if unknown. */
  readonly size?: number;
  readonly name?: string;
}

const looksLikeFile = /^\$+file$/;

/**
 * Returns the form in which a file or the arguments of a call are sent; `attach` is called for each file. Throws
 * `invalid_args` with the place of what has no JSON form (the table of `toJson` in `@deepaas/core`).
 */
export function toWire(value: unknown, attach: (file: FileSource) => FileRef): JsonValue {
  const reference = (file: unknown): JsonValue => ({ $file: attach(file as FileSource) as unknown as JsonValue });
  if (isFileSource(value)) return reference(value);
  const wire = (argument: unknown): JsonValue => {
    if (isFileSource(argument)) return reference(argument);
    if (Array.isArray(argument) && isFileSource(argument[0])) return argument.map(reference);
    return mayNeedEscape(argument as JsonValue) ? escapedAll(argument as JsonValue) : (argument as JsonValue);
  };
  return escaped(Object.entries(toJsonArgs(value)).map(([name, argument]) => [name, wire(argument)]));
}

/** Returns the text of a value without files, escaped where necessary. */
export function plainWireText(value: JsonValue): string {
  const text = JSON.stringify(value);
  // Hot path: most results contain no such name.
  return text.includes('$file"') ? JSON.stringify(escapedAll(value)) : text;
}

/** False if a text contains neither references nor escaped names, so that `fromWire` is not needed. */
export function mayRefer(text: string): boolean {
  return text.includes('$file"') || text.includes("\\u00");
}

/** Returns the received value; `open` returns the file of a reference. Throws what `open` throws, or for an invalid reference. */
export function fromWire(value: JsonValue, open: (ref: FileRef) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as JsonValue[]).map((one) => fromWire(one, open));
  const members = Object.entries(value);
  const [only] = members;
  if (only && members.length === 1 && looksLikeFile.test(only[0])) {
    if (only[0] === "$file") return open(checkedRef(only[1]));
    return { [only[0].slice(1)]: fromWire(only[1], open) };
  }
  return Object.fromEntries(members.map(([key, member]) => [key, fromWire(member, open)]));
}

function mayNeedEscape(value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return (value as JsonValue[]).some(mayNeedEscape);
  return Object.entries(value).some(([name, member]) => looksLikeFile.test(name) || mayNeedEscape(member));
}

function escapedAll(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as JsonValue[]).map(escapedAll);
  return escaped(Object.entries(value).map(([key, member]) => [key, escapedAll(member)]));
}

function escaped(members: readonly (readonly [string, JsonValue])[]): JsonValue {
  const [only] = members;
  if (only && members.length === 1 && looksLikeFile.test(only[0])) return { [`$${only[0]}`]: only[1] };
  return Object.fromEntries(members);
}

function checkedRef(value: JsonValue): FileRef {
  const { id, contentType, size, name } = (value ?? {}) as { readonly [Key in keyof FileRef]?: unknown };
  const sound =
    isCount(id) &&
    id <= 0xffff_ffff &&
    typeof contentType === "string" &&
    (size === undefined || isCount(size)) &&
    (name === undefined || typeof name === "string");
  if (!sound)
    throw invalidArgs("", "json", "A reference to a file has an id and a contentType, and maybe a size and name.");
  return { id, contentType, ...(size !== undefined && { size }), ...(name !== undefined && { name }) };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
