// What a list of runs selects, and in which order.
import { invalidArgs, pointerStep } from "../contract/error.ts";
import { isObject, type JsonValue } from "../contract/json.ts";
import { type MetricValue, type Run, type RunFilter, type RunSelection, runStates } from "../contract/run.ts";

const maxMetricName = 256;
const maxTexts = 1_000;
const maxSelections = 100;

/** Returns the filter with a limit, and with times in the form of `createdAt`. Throws `invalid_args` for an invalid member. */
export function checkRunFilter(filter: RunFilter): RunFilter & { readonly limit: number } {
  const { limit = 100, state, orderByMetric, descending, anyOf } = filter;
  checkSelection(filter, "");
  if (anyOf !== undefined) checkSelections(anyOf);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw invalidArgs("/limit", "range", "Must be a whole number from 1 to 1,000.");
  for (const one of state === undefined ? [] : [state].flat()) {
    if (!runStates.includes(one)) throw invalidArgs("/state", "enum", `Must be one of ${runStates.join(", ")}.`);
  }
  if (orderByMetric !== undefined && !isMetricName(orderByMetric))
    throw invalidArgs("/orderByMetric", "length", `Must be a text of 1 to ${maxMetricName} characters.`);
  if (descending !== undefined && typeof descending !== "boolean")
    throw invalidArgs("/descending", "type", "Must be true or false.");
  if (descending !== undefined && orderByMetric === undefined)
    throw invalidArgs("/descending", "dependentRequired", "Must not be without orderByMetric.");
  return { ...filter, limit, ...timesOf(filter) };
}

function checkSelections(anyOf: unknown): void {
  if (!Array.isArray(anyOf) || anyOf.length > maxSelections)
    throw invalidArgs("/anyOf", "type", `Must be a list of at most ${maxSelections} selections.`);
  for (const [i, one] of anyOf.entries()) {
    const pointer = `/anyOf/${i}`;
    if (!isObject(one)) throw invalidArgs(pointer, "type", "Must be an object.");
    const unknown = Object.keys(one).find((name) => name !== "owner" && name !== "model");
    if (unknown !== undefined) throw invalidArgs(`${pointer}${pointerStep(unknown)}`, "unknown", "Is not known.");
    checkSelection(one, pointer);
  }
}

function checkSelection(selection: Readonly<Record<string, unknown>> | RunSelection, pointer: string): void {
  for (const name of ["model", "owner"] as const) {
    const texts = selection[name];
    if (texts === undefined || typeof texts === "string") continue;
    const isList = Array.isArray(texts) && texts.every((text) => typeof text === "string");
    if (!isList || texts.length > maxTexts)
      throw invalidArgs(`${pointer}/${name}`, "type", `Must be a text, or a list of at most ${maxTexts} texts.`);
  }
}

function isMetricName(name: unknown): boolean {
  return typeof name === "string" && name.length >= 1 && name.length <= maxMetricName;
}

/** In the form of `createdAt`, so that stores compare texts. */
function timesOf(filter: RunFilter): Pick<RunFilter, "createdSince" | "createdBefore"> {
  const times: { -readonly [K in "createdSince" | "createdBefore"]?: string } = {};
  for (const name of ["createdSince", "createdBefore"] as const) {
    const time = filter[name];
    if (time === undefined) continue;
    const date = isTime.test(time) ? new Date(time) : undefined;
    if (!date || Number.isNaN(date.getTime()))
      throw invalidArgs(`/${name}`, "format", "Must be a time such as 2026-01-31T12:00:00Z.");
    times[name] = date.toISOString();
  }
  return times;
}

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** The place of a run in a list. */
export interface RunPlace {
  /** Of all runs of the store, in the order of their creation. */
  readonly number: number;
  /** The last value of the metric of `orderByMetric`. Null for a run that has none, or NaN. */
  readonly value: number | null;
}

/** Returns the last value of a metric, or null if the run has none or it is NaN. */
export function lastMetric({ progress }: Run, name: string): number | null {
  const metrics: Readonly<Record<string, MetricValue>> = progress?.metrics ?? {};
  const value = Object.hasOwn(metrics, name) ? Number(metrics[name]) : Number.NaN;
  return Number.isNaN(value) ? null : value;
}

/** Compares the places of runs in the order of the filter. Runs without a value are the last ones, in both directions. */
export function comparePlaces(a: RunPlace, b: RunPlace, { newestFirst, descending }: RunFilter): number {
  const byNumber = newestFirst ? b.number - a.number : a.number - b.number;
  if (a.value === b.value) return byNumber;
  if (a.value === null || b.value === null) return a.value === null ? 1 : -1;
  return a.value < b.value === (descending === true) ? 1 : -1;
}

/** Returns the cursor of the page after a run. */
export function cursorAfter(filter: RunFilter, { number, value }: RunPlace): string {
  if (filter.orderByMetric === undefined) return String(number);
  const wireValue = value === null || Number.isFinite(value) ? value : String(value);
  const json = JSON.stringify({ order: orderOf(filter), value: wireValue, number });
  // Escaped to ASCII, which `btoa` needs.
  const ascii = json.replace(/[^ -~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Returns the place after which the page starts. Throws `invalid_args` for a cursor of another order, or an invalid one. */
export function placeOfCursor(filter: RunFilter): RunPlace | undefined {
  const { after, orderByMetric } = filter;
  if (after === undefined) return undefined;
  const place = orderByMetric === undefined ? placeByCreation(after) : placeByMetric(after, filter);
  if (!place)
    throw invalidArgs("/after", "cursor", "Must be the next of an earlier page, of a list in the same order.");
  return place;
}

function placeByCreation(after: string): RunPlace | undefined {
  return /^\d{1,15}$/.test(after) ? { number: Number(after), value: null } : undefined;
}

function placeByMetric(after: string, filter: RunFilter): RunPlace | undefined {
  let json: unknown;
  try {
    json = JSON.parse(atob(after.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return undefined;
  }
  if (!isObject(json) || JSON.stringify(json.order) !== JSON.stringify(orderOf(filter))) return undefined;
  const { number, value } = json;
  const isValue = value === null || typeof value === "number" || value === "Infinity" || value === "-Infinity";
  if (!isValue || !Number.isSafeInteger(number)) return undefined;
  return { number: number as number, value: value === null ? null : Number(value) };
}

function orderOf({ orderByMetric = "", descending = false, newestFirst = false }: RunFilter): readonly JsonValue[] {
  return [orderByMetric, descending, newestFirst];
}
