// What a result is, so that it can be shown as it deserves.
import { isObject, type JsonObject, type JsonValue } from "@deepaas/core";

export interface LabelRow {
  readonly label: string;
  readonly probability: number;
  /** A text about the label: DEEPaaS's `labels_info`. */
  readonly info?: string;
  /** Pages about the label by their name: DEEPaaS's `links`. */
  readonly links: readonly (readonly [name: string, url: string])[];
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** False: the columns have no names. */
  readonly named: boolean;
}

export type Shape =
  | { readonly is: "labels"; readonly groups: readonly (readonly LabelRow[])[]; readonly rest: JsonObject }
  | { readonly is: "table"; readonly table: Table }
  | { readonly is: "media"; readonly contentType: string; readonly base64: string }
  | { readonly is: "text"; readonly text: string }
  | { readonly is: "scalar"; readonly text: string }
  | { readonly is: "members"; readonly members: readonly (readonly [name: string, value: JsonValue])[] }
  | { readonly is: "list"; readonly items: readonly JsonValue[] }
  | { readonly is: "json" };

const labelNames = ["labels", "classes", "label_names", "class_names"];
const probabilityNames = ["probabilities", "probs", "scores", "confidences"];
const oneLabelNames = ["label", "class", "class_name", "name", "category"];
const oneProbabilityNames = ["probability", "score", "confidence", "prob"];

type Scalar = null | boolean | number | string;
const isScalar = (value: JsonValue): value is Scalar => typeof value !== "object" || value === null;
const isText = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number";
const isProbability = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1.000001;

/** `schema`: that of the value, if the model declares one. */
export function shapeOf(value: JsonValue, schema: JsonValue | null = null): Shape {
  if (typeof value === "string") return textShape(value, schema);
  if (isScalar(value)) return { is: "scalar", text: String(value) };
  return Array.isArray(value) ? listShape(value as readonly JsonValue[], schema) : objectShape(value as JsonObject);
}

const dataUrl = /^data:((?:image|audio|video)\/[a-z0-9.+-]+)(?:;[^,]*)?;base64,([A-Za-z0-9+/=\s]*)$/i;

function textShape(text: string, schema: JsonValue | null): Shape {
  const [, contentType, base64] = (text.startsWith("data:") && dataUrl.exec(text)) || [];
  if (contentType !== undefined && base64 !== undefined)
    return { is: "media", contentType: contentType.toLowerCase(), base64 };
  const { contentMediaType, contentEncoding } = isObject(schema) ? schema : {};
  if (contentEncoding === "base64" && typeof contentMediaType === "string" && /^[A-Za-z0-9+/\s]*=*\s*$/.test(text))
    return { is: "media", contentType: contentMediaType.toLowerCase(), base64: text };
  return text.includes("\n") || text.length > 80 ? { is: "text", text } : { is: "scalar", text };
}

function listShape(list: readonly JsonValue[], schema: JsonValue | null): Shape {
  const labels = labelItems(list);
  if (labels) return { is: "labels", groups: [labels], rest: {} };
  const table = tableOf(list);
  if (table) return { is: "table", table };
  const items = itemSchema(schema);
  const isRich = list.some((item) => ["media", "labels", "table"].includes(shapeOf(item, items).is));
  return isRich && list.length <= 100 ? { is: "list", items: list } : { is: "json" };
}

function objectShape(object: JsonObject): Shape {
  const labels = labelPairs(object);
  if (labels) return labels;
  const members = Object.entries(object);
  return members.length === 0 ? { is: "json" } : { is: "members", members };
}

/** `[{ label: "7", probability: 0.9 }, …]` */
function labelItems(list: readonly JsonValue[]): readonly LabelRow[] | undefined {
  const [first] = list;
  if (!isObject(first)) return undefined;
  const label = oneLabelNames.find((name) => isText(first[name]));
  const probability = oneProbabilityNames.find((name) => isProbability(first[name]));
  if (label === undefined || probability === undefined) return undefined;
  // What has more than a label, such as a box, is a table.
  const isRow = (one: JsonValue) =>
    isObject(one) && isText(one[label]) && isProbability(one[probability]) && Object.keys(one).length === 2;
  if (!list.every(isRow)) return undefined;
  return (list as readonly JsonObject[]).map((one) => ({
    label: String(one[label]),
    probability: one[probability] as number,
    links: [],
  }));
}

/** `{ labels: ["cat", …], probabilities: [0.9, …] }`, or such lists for each of several inputs. */
function labelPairs(object: JsonObject): Shape | undefined {
  const labelsName = labelNames.find((name) => Array.isArray(object[name]));
  const probabilitiesName = probabilityNames.find((name) => Array.isArray(object[name]));
  if (labelsName === undefined || probabilitiesName === undefined) return undefined;
  const labels = object[labelsName] as readonly JsonValue[];
  const probabilities = object[probabilitiesName] as readonly JsonValue[];
  const { labels_info: info, links, ...others } = object;
  const rest = Object.fromEntries(
    Object.entries(others).filter(([name]) => name !== labelsName && name !== probabilitiesName),
  ) as JsonObject;
  if (labels.length === 0 || labels.length !== probabilities.length) return undefined;
  const one = labelRows({ labels, probabilities, info, links });
  if (one) return { is: "labels", groups: [one], rest };
  const groups = labels.map((group, i) =>
    labelRows({ labels: group, probabilities: probabilities[i], info: at(info, i), links: linksAt(links, i) }),
  );
  if (groups.some((group) => group === undefined)) return undefined;
  return { is: "labels", groups: groups as readonly (readonly LabelRow[])[], rest };
}

interface LabelLists {
  readonly labels: JsonValue | undefined;
  readonly probabilities: JsonValue | undefined;
  readonly info: JsonValue | undefined;
  readonly links: JsonValue | undefined;
}

function labelRows({ labels, probabilities, info, links }: LabelLists): readonly LabelRow[] | undefined {
  if (!Array.isArray(labels) || !Array.isArray(probabilities) || labels.length !== probabilities.length)
    return undefined;
  if (!labels.every(isText) || !probabilities.every(isProbability)) return undefined;
  return (labels as readonly (string | number)[]).map((label, i) => {
    const text = at(info, i);
    return {
      label: String(label),
      probability: probabilities[i] as number,
      ...(isText(text) && String(text) !== "" && { info: String(text) }),
      links: linksOf(links, i),
    };
  });
}

function linksOf(links: JsonValue | undefined, i: number): readonly (readonly [string, string])[] {
  if (!isObject(links)) return [];
  return Object.entries(links).flatMap(([name, urls]): (readonly [string, string])[] => {
    const url = at(urls as JsonValue, i);
    return isWebAddress(url) ? [[name, url]] : [];
  });
}

/** Only these are made links: not `javascript:`. */
export function isWebAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\/\S+$/i.test(value);
}

function linksAt(links: JsonValue | undefined, i: number): JsonValue | undefined {
  if (!isObject(links)) return undefined;
  return Object.fromEntries(Object.entries(links).map(([name, urls]) => [name, at(urls as JsonValue, i) ?? null]));
}

function at(list: JsonValue | undefined, i: number): JsonValue | undefined {
  return Array.isArray(list) ? (list as readonly JsonValue[])[i] : undefined;
}

const mostColumns = 40;

function tableOf(list: readonly JsonValue[]): Table | undefined {
  const [first] = list;
  if (isObject(first)) {
    const isFlat = (one: JsonValue): one is JsonObject =>
      isObject(one) && Object.values(one as JsonObject).every(isCell);
    if (!list.every(isFlat)) return undefined;
    const columns = [...new Set(list.flatMap((one) => Object.keys(one)))];
    if (columns.length === 0 || columns.length > mostColumns) return undefined;
    return { columns, rows: list.map((one) => columns.map((name) => one[name] ?? null)), named: true };
  }
  if (!Array.isArray(first)) return undefined;
  const isRow = (one: JsonValue): one is readonly JsonValue[] => Array.isArray(one) && one.every(isScalar);
  if (!list.every(isRow)) return undefined;
  const width = Math.max(...list.map((row) => row.length));
  if (width === 0 || width > mostColumns) return undefined;
  const columns = Array.from({ length: width }, (_, i) => String(i + 1));
  return { columns, rows: list.map((row) => columns.map((_, i) => row[i] ?? null)), named: false };
}

/** A cell may be a short list, such as the corners of a box. */
function isCell(value: JsonValue): boolean {
  return isScalar(value) || (Array.isArray(value) && value.length <= 8 && value.every(isScalar));
}

export function itemSchema(schema: JsonValue | null): JsonValue | null {
  return isObject(schema) ? ((schema as JsonObject).items ?? null) : null;
}

export function memberSchema(schema: JsonValue | null, name: string): JsonValue | null {
  if (!isObject(schema)) return null;
  const { properties } = schema as JsonObject;
  return isObject(properties) ? ((properties as JsonObject)[name] ?? null) : null;
}

/** One line about a result, for the list of earlier calls. */
export function resultSummary(value: JsonValue): string {
  const shape = shapeOf(value);
  if (shape.is === "labels") {
    const best = (shape.groups[0] ?? []).reduce((a, b) => (b.probability > a.probability ? b : a));
    return `${best.label} (${(best.probability * 100).toFixed(1)} %)`;
  }
  if (shape.is === "members") {
    // `status` says nothing that the call does not say.
    const [main] = shape.members.filter(([name]) => name !== "status");
    if (main && !isScalar(main[1])) return resultSummary(main[1]);
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
