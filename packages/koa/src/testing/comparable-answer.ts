// The rules of the comparison: what a recorded answer and the answer of this server are converted to before they are compared.
import { canonicalJson, type JsonObject, type JsonValue } from "@deepaas/core";
import { valueFromRepr } from "./python-repr.ts";
import type { Answer } from "./send-recorded.ts";
import { type Exchange, pathOf, unpacked } from "./transcript.ts";

export interface Comparable {
  readonly status: number;
  /** Content-Type, Allow, Location, Content-Disposition. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: not compared. */
  readonly body: JsonValue | undefined;
}

export const rules = [
  "JSON bodies are compared as values",
  "Date, Server, Content-Length, Connection, the reason phrase and headers of this project are not compared",
  "the text of the documents and of the page is compared elsewhere, or belongs to this project",
  "ids are compared by position; dates, durations and process ids by their form",
  "an echoed argument is compared as the JSON value of Python's repr",
  "of an uploaded file name, type, size and content are compared, not its path; of a file that is sent not the random part of its name",
] as const;

const comparedHeaders = ["content-type", "allow", "location", "content-disposition"];

/** `ids`: recorded to ours. Undefined when the Python server never answered. */
export function recordedForm(exchange: Exchange, ids: ReadonlyMap<string, string>): Comparable | undefined {
  const { response } = exchange;
  if (!response) return undefined;
  const headers = comparedFrom(response.headers);
  const body = isDocument(exchange, response.status) ? undefined : bodyFrom(unpacked(response.body), headers, ids);
  return { status: response.status, headers, body };
}

export function ourForm(exchange: Exchange, { status, headers, body }: Answer): Comparable {
  return {
    status,
    headers: comparedFrom(headers),
    body: isDocument(exchange, status) ? undefined : bodyFrom(body, headers, new Map()),
  };
}

/** What is not the same, in words; empty: they match. */
export function mismatches(expected: Comparable, ours: Comparable): readonly string[] {
  const found: string[] = [];
  if (expected.status !== ours.status) found.push(`status ${expected.status}, ours ${ours.status}`);
  for (const name of comparedHeaders) {
    const [before, now] = [expected.headers[name], ours.headers[name]];
    if (before !== now) found.push(`${name} ${before}, ours ${now}`);
  }
  const shown = (body: JsonValue | undefined) => (body === undefined ? "" : canonicalJson(body));
  if (shown(expected.body) !== shown(ours.body)) found.push(`body ${shown(expected.body)}\nours ${shown(ours.body)}`);
  return found;
}

/** Without what is random in the name of a temporary file. */
function comparedFrom(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => comparedHeaders.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, value.replace(/filename="tmp\w*/, 'filename="tmp')]));
}

function isDocument(exchange: Exchange, status: number): boolean {
  const isGet = !("raw" in exchange.request) && exchange.request.method === "GET";
  return isGet && status === 200 && /\/(?:swagger\.json|openapi\.json|api|index\.html)$/.test(pathOf(exchange));
}

function bodyFrom(
  bytes: Buffer,
  headers: Readonly<Record<string, string>>,
  ids: ReadonlyMap<string, string>,
): JsonValue {
  const text = withIds(bytes.toString(), ids);
  if (!/^application\/(?:problem\+)?json/.test(headers["content-type"] ?? "")) return text;
  try {
    return told(JSON.parse(text) as JsonValue);
  } catch {
    return text;
  }
}

function withIds(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/\b[0-9a-f]{32}\b/g, (id) => ids.get(id) ?? id);
}

const shapes: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/,
  finish_date: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/,
  duration: /^\d+:\d\d:\d\d\.\d{6}$/,
  pid: /^\d+$/,
  ppid: /^\d+$/,
  requestId: /^[0-9a-f-]{36}$/,
};

/** Everything that differs from one server to the next in words of its shape. */
function told(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(told);
  if (typeof value !== "object" || value === null) return value;
  const members = value as JsonObject;
  if ("mode" in members && members.mode === "str: 'echo'") return echo(members);
  return Object.fromEntries(
    Object.entries(members).map(([key, member]) => [
      key,
      shapes[key]?.test(String(member)) ? `<${key}>` : told(member),
    ]),
  );
}

function echo(members: JsonObject): JsonValue {
  return Object.fromEntries(Object.entries(members).map(([name, shown]) => [name, echoedValue(shown)]));
}

function echoedValue(shown: JsonValue): JsonValue {
  if (typeof shown === "string") return valueFromRepr(shown.replace(/^\w+: /, ""));
  const { content_type, original_filename, size, head } = shown as JsonObject;
  return { content_type, original_filename, size, head: valueFromRepr(String(head)) } as JsonObject;
}
