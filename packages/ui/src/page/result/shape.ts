// What a result is, so that it can be shown as it deserves.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";

export interface LabelRow {
  readonly label: string;
  readonly probability: number;
  /** A text about the label: DEEPaaS's `labels_info`. */
  readonly info?: string;
  /** Pages about the label by their name: DEEPaaS's `links`. */
  readonly links?: readonly (readonly [name: string, url: unknown])[];
}

export type Row = readonly (JsonValue | undefined)[];

export type Shape =
  | { readonly is: "labels"; readonly rows: readonly LabelRow[] }
  /** Columns without names have the empty one. */
  | { readonly is: "table"; readonly columns: readonly string[]; readonly rows: readonly Row[] }
  | { readonly is: "media"; readonly contentType: string; readonly base64: string }
  | { readonly is: "text"; readonly text: string }
  /** Something in it is none of JSON alone. `rest` is what is. */
  | { readonly is: "parts"; readonly parts: readonly (readonly [title: string, Shape])[]; readonly rest: JsonObject }
  | { readonly is: "json"; readonly value: JsonValue };

const labelName = /^(label|class)(_?name)?(s|es)?$|^category$/;
const probabilityName = /^(prob(abilit(y|ie))?|score|confidence)s?$/;

const isText = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";
const isProbability = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1.000001;

/** `schema`: that of the value, if the model declares one. */
export function shapeOf(value: JsonValue, schema: JsonValue | null = null): Shape {
  if (typeof value === "string") return textShape(value, schema);
  const json: Shape = { is: "json", value };
  if (typeof value !== "object" || value === null) return json;
  if (!Array.isArray(value)) return objectShape(value as JsonObject, schema);
  const list = value as readonly JsonValue[];
  const whole = labelItems(list) ?? tableOf(list);
  if (whole || list.length > 100) return whole ?? json;
  const parts = list.map((one, i) => [`${i + 1}`, shapeOf(one, itemSchema(schema))] as const);
  return parts.some(([, { is }]) => isRich(is)) ? { is: "parts", parts, rest: {} } : json;
}

function isRich(is: Shape["is"]): boolean {
  return is !== "json" && is !== "text";
}

const dataUrl = /^data:((?:image|audio|video)\/[a-z0-9.+-]+)(?:;[^,]*)?;base64,([A-Za-z0-9+/=\s]*)$/i;

function textShape(text: string, schema: JsonValue | null): Shape {
  const [, contentType, base64] = dataUrl.exec(text) ?? [];
  if (contentType !== undefined && base64 !== undefined) return { is: "media", contentType, base64 };
  const { contentMediaType, contentEncoding } = isObject(schema) ? schema : {};
  if (contentEncoding === "base64" && typeof contentMediaType === "string" && /^[A-Za-z0-9+/\s]*=*\s*$/.test(text))
    return { is: "media", contentType: contentMediaType, base64: text };
  return { is: "text", text };
}

function objectShape(object: JsonObject, schema: JsonValue | null): Shape {
  const labels = labelPairs(object);
  const parts: (readonly [string, Shape])[] = labels.length > 0 ? [["", { is: "labels", rows: labels }]] : [];
  const rest: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(object)) {
    if (labels.length > 0 && (labelName.test(name) || probabilityName.test(name) || /^(labels_info|links)$/.test(name)))
      continue;
    const shape = shapeOf(value as JsonValue, memberSchema(schema, name));
    if (isRich(shape.is)) parts.push([name, shape]);
    else rest[name] = value as JsonValue;
  }
  return parts.length > 0 ? { is: "parts", parts, rest } : { is: "json", value: object };
}

/** `[{ label: "7", probability: 0.9 }, …]`. What has more than a label, such as a box, is a table. */
function labelItems(list: readonly JsonValue[]): Shape | undefined {
  const rows = list.flatMap((one) => {
    const members = Object.entries(isObject(one) ? one : {});
    const label = members.find(([name, value]) => (labelName.test(name) || name === "name") && isText(value))?.[1];
    const probability = members.find(([name, value]) => probabilityName.test(name) && isProbability(value))?.[1];
    const fits = members.length === 2 && label !== undefined && probability !== undefined;
    return fits ? [{ label: String(label), probability: probability as number }] : [];
  });
  return rows.length > 0 && rows.length === list.length ? { is: "labels", rows } : undefined;
}

/** `{ labels: ["cat", …], probabilities: [0.9, …] }`, with what DEEPaaS tells about each label. */
function labelPairs(object: JsonObject): readonly LabelRow[] {
  const listOf = (pattern: RegExp): readonly unknown[] =>
    (Object.entries(object).find(([name, one]) => pattern.test(name) && Array.isArray(one))?.[1] ??
      []) as readonly unknown[];
  const labels = listOf(labelName);
  const scores = listOf(probabilityName);
  if (labels.length !== scores.length || !labels.every(isText) || !scores.every(isProbability)) return [];
  const links = Object.entries(isObject(object.links) ? object.links : {});
  return labels.map((label, i) => ({
    label: String(label),
    probability: scores[i] as number,
    info: String(at(object.labels_info, i) ?? ""),
    links: links.map(([name, urls]) => [name, at(urls, i)] as const).filter(([, url]) => isWebAddress(url)),
  }));
}

/** Only these are made links: not `javascript:`. */
export function isWebAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\/\S+$/i.test(value);
}

function at(list: unknown, i: number): unknown {
  return Array.isArray(list) ? list[i] : undefined;
}

const mostColumns = 40;

/** A list of flat objects, or of lists. */
function tableOf(list: readonly JsonValue[]): Shape | undefined {
  const isLists = list.every(Array.isArray);
  if (!isLists && !list.every(isObject)) return undefined;
  const names = [...new Set(list.flatMap((one) => Object.keys(one as JsonObject)))];
  if (names.length === 0 || names.length > mostColumns) return undefined;
  const rows = list.map((one) => names.map((name) => (one as JsonObject)[name]));
  return rows.flat().every(isLists ? isPlain : isCell)
    ? { is: "table", columns: isLists ? names.map(() => "") : names, rows }
    : undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null;
}

/** A cell may be a short list, such as the corners of a box. */
function isCell(value: unknown): boolean {
  return isPlain(value) || (Array.isArray(value) && value.length <= 8 && value.every(isPlain));
}

export function itemSchema(schema: JsonValue | null): JsonValue | null {
  return isObject(schema) ? ((schema as JsonObject).items ?? null) : null;
}

function memberSchema(schema: JsonValue | null, name: string): JsonValue | null {
  const { properties } = (isObject(schema) ? schema : {}) as JsonObject;
  return isObject(properties) ? ((properties as JsonObject)[name] ?? null) : null;
}

/** One line about a result, for the list of earlier calls. */
export function resultSummary(value: JsonValue, shape: Shape = shapeOf(value)): string {
  if (shape.is === "labels") {
    const best = shape.rows.reduce((a, b) => (b.probability > a.probability ? b : a));
    return `${best.label} (${percentText(best.probability)})`;
  }
  if (shape.is === "parts" && shape.parts[0]?.[1].is === "labels") return resultSummary(value, shape.parts[0][1]);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

/** `98.2 %`, and what is small but not nothing: `< 0.1 %`. */
export function percentText(probability: number): string {
  const percent = probability * 100;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}
