// Requests made from the OpenAPI document, good and hostile: whatever is answered, the document declares it.
import type { JsonObject, JsonValue } from "@deepaas/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Judge, type Operation, operationsOf, type Parameter } from "./testing/documented.ts";
import { manyModels, someRuns } from "./testing/many-models.ts";
import { type Served, serve } from "./testing/served.ts";
import { valueFromSchema } from "./testing/value-from-schema.ts";

interface Request {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Blob | FormData | URLSearchParams | undefined;
}

const accepted = fc.constantFrom(
  ...["*/*", "application/json", "application/problem+json", "application/vnd.deepaas+json", "text/event-stream"],
  ...["text/html;q=0.1, */*;q=0.01", "image/png", "text/plain", "nonsense", "application/json;q=0"],
);

test("good requests are answered as the document says, and what it calls sound is taken", async () => {
  const { judge, operations, document, served } = await documented();
  const asked = operations.filter(({ id }) => /^(?:predict|train|trainNamed)\.(?:moody|nested|shaped)$/.test(id));
  expect(asked).toHaveLength(9);
  for (const operation of asked) {
    for (const [type, schema] of operation.bodies) {
      const request = fc.tuple(goodPath(operation, { document, runIds: [] }), valueFromSchema(schema, document));
      const property = fc.asyncProperty(request, async ([path, value]) => {
        const body = bodyOf(type, value as JsonObject);
        const headers = body instanceof FormData ? {} : { "Content-Type": type };
        const answer = await ask(served, { path, method: operation.method, headers, body });
        expect(judge.fault(operation, answer)).toBeUndefined();
        // The same name may have come up before, with other arguments.
        if (operation.id.startsWith("trainNamed.") && answer.status === 409) return;
        if (endsWell(operation, value as JsonObject)) expect([answer.status, answer.body]).toEqual([200, answer.body]);
      });
      await fc.assert(property, { seed: 2, numRuns: 20 });
    }
  }
}, 60_000);

/** Whether the value does not itself ask for an error. */
function endsWell({ id }: Operation, value: JsonObject): boolean {
  if (id.startsWith("train")) return true;
  return [value, (value._json ?? {}) as JsonObject].every(
    ({ outcome = "value", good = true }) => good === true && ["value", "null", "file"].includes(outcome as string),
  );
}

test("hostile requests are answered as the document says", async () => {
  const { judge, operations, document, served, runIds } = await documented();
  const statuses = new Set<number>();
  // What removes a run goes last.
  const inOrder = operations.toSorted((a, b) => Number(a.method === "DELETE") - Number(b.method === "DELETE"));
  for (const operation of inOrder) {
    const property = fc.asyncProperty(hostileRequest(operation, { document, runIds }), async (request) => {
      const answer = await ask(served, request);
      statuses.add(answer.status);
      expect(judge.fault(operation, answer)).toBeUndefined();
    });
    await fc.assert(property, { seed: seedOf(operation), numRuns: operation.bodies.length > 0 ? 60 : 40 });
  }
  // It would prove little if all of them were refused at the first step.
  expect([...statuses]).toEqual(
    expect.arrayContaining([200, 204, 206, 302, 400, 404, 406, 409, 413, 415, 416, 422, 500, 501]),
  );
}, 120_000);

/** A new route changes the requests of no other one. */
function seedOf({ id }: Operation): number {
  return Array.from(id).reduce((seed, character) => (seed * 31 + character.charCodeAt(0)) | 0, 1);
}

async function documented() {
  const served = await serve(
    { maxBodyBytes: 100_000, debugOutput: () => "printed", metrics: () => "printed" },
    manyModels,
  );
  const document = (await (await served.get("/openapi.json")).json()) as JsonObject;
  const runIds = await someRuns(served.service);
  return { served, document, judge: new Judge(document), operations: operationsOf(document), runIds };
}

interface Known {
  readonly document: JsonObject;
  readonly runIds: readonly string[];
}

function goodPath({ path, parameters }: Operation, { document, runIds }: Known): fc.Arbitrary<string> {
  const steps = parameters.filter((one) => one.in === "path");
  const values = steps.map(({ name, schema }) => {
    if (name === "name") return fc.constant("digits.txt");
    const any = valueFromSchema(schema, document).map(String);
    return runIds.length === 0
      ? any
      : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...runIds) }, { weight: 1, arbitrary: any });
  });
  return fc.tuple(...values).map((filled) => filledPath(path, steps, filled));
}

function filledPath(path: string, steps: readonly Parameter[], values: readonly string[]): string {
  return steps.reduce((made, { name }, i) => made.replace(`{${name}}`, encodeURIComponent(values[i] ?? "")), path);
}

const hostileText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text.isWellFormed()),
  fc.constantFrom(
    "",
    "-1",
    "0",
    "1e999",
    "NaN",
    "null",
    "[]",
    "{}",
    "true",
    "__proto__",
    "constructor",
    "99999999999999999999",
  ),
  fc.constantFrom("../../etc/passwd", "a\u0000b", "%2e%2e", "é😀", "x".repeat(5_000), "crash", "overloaded", "file"),
);
/** Never empty and never dots alone: that would be another path. */
const hostileStep = hostileText.filter((text) => !/^(?:\.|%2e){0,2}$/i.test(text) && text.length < 1_000);
const hostileHeader = fc.stringMatching(/^[ -~]{0,30}$/);

function hostileRequest(operation: Operation, known: Known): fc.Arbitrary<Request> {
  const { method, parameters, path } = operation;
  const steps = parameters.filter((one) => one.in === "path");
  const hostilePath = fc.tuple(...steps.map(() => hostileStep)).map((values) => filledPath(path, steps, values));
  const good = goodPath(operation, known);
  const methods = method === "GET" ? fc.constantFrom("GET", "GET", "GET", "HEAD") : fc.constant(method);
  return fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: good }, { weight: steps.length === 0 ? 0 : 1, arbitrary: hostilePath }),
      query(parameters, known),
      fc.tuple(headers(parameters, known), methods),
      body(operation, known),
    )
    .map(([at, search, [given, asked], sent]) => ({
      path: at + (search === "" ? "" : `?${search}`),
      method: asked,
      headers: { ...given, ...(sent.type !== undefined && { "Content-Type": sent.type }), ...sent.headers },
      body: sent.body,
    }));
}

function query(parameters: readonly Parameter[], { document }: Known): fc.Arbitrary<string> {
  const known = parameters.filter((one) => one.in === "query");
  const pairs = known.map(({ name, schema }) =>
    fc.tuple(fc.constant(name), fc.oneof(valueFromSchema(schema, document).map(toText), hostileText)),
  );
  const other = fc.tuple(hostileText, hostileText);
  return fc.array(fc.oneof(...pairs, other), { maxLength: 3 }).map((all) => new URLSearchParams(all).toString());
}

function headers(parameters: readonly Parameter[], { document }: Known): fc.Arbitrary<Record<string, string>> {
  const known = parameters.filter((one) => one.in === "header");
  const pairs = known.map(({ name, schema }) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        hostileHeader,
        fc.constantFrom("0", "2", "7", "bytes=0-3", "bytes=-2", "bytes=5-2", "bytes=900-", "bytes=-0"),
        valueFromSchema(schema, document).map((value) => toText(value).replace(/[^ -~]/g, "")),
      ),
    ),
  );
  const cookie = fc.tuple(fc.constant("Cookie"), hostileHeader);
  const id = fc.tuple(fc.constant("X-Request-Id"), hostileHeader);
  const accept = fc.tuple(fc.constant("Accept"), accepted);
  return fc
    .tuple(accept, fc.array(fc.oneof(cookie, id, ...pairs), { maxLength: 2 }))
    .map(([first, rest]) => Object.fromEntries([first, ...rest].map(([name, value]) => [name, value.trim()])));
}

interface Sent {
  readonly body: Request["body"];
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const brokenBodies: readonly Sent[] = [
  { type: "application/json", body: "{" },
  { type: "application/json", body: "\u0000" },
  { type: "application/json", body: "[".repeat(2_000) },
  { type: "application/json", body: '{"__proto__":{"a":1},"outcome":[]}' },
  { type: "application/json", body: `{"text":"${"x".repeat(150_000)}"}` },
  { type: "application/json; charset=nope", body: "{}" },
  { type: "application/json", body: "not zipped", headers: { "Content-Encoding": "gzip" } },
  { type: "application/json", body: "{}", headers: { "Content-Encoding": "nope" } },
  { type: "multipart/form-data", body: "no boundary" },
  {
    type: "multipart/form-data; boundary=XX",
    body: '--XX\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ncut',
  },
  { type: "application/x-www-form-urlencoded", body: "a=1&".repeat(1_500) },
  { type: "text/plain", body: "ignored" },
];

function body({ bodies, method }: Operation, { document }: Known): fc.Arbitrary<Sent> {
  if (method === "GET") return fc.constant({ body: undefined });
  const good = bodies.map(([type, schema]) =>
    valueFromSchema(schema, document).map((value): Sent => {
      const made = bodyOf(type, value as JsonObject);
      return made instanceof FormData ? { body: made } : { type, body: made };
    }),
  );
  const odd = fc.jsonValue().map((value): Sent => ({ type: "application/json", body: JSON.stringify(value) }));
  return fc.oneof(...good, odd, fc.constantFrom(...brokenBodies), fc.constant<Sent>({ body: undefined }));
}

function toText(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value as a body of this type; null has no text, so it is left out of forms. */
function bodyOf(type: string, value: JsonObject): string | FormData | URLSearchParams {
  if (type === "application/json") return JSON.stringify(value);
  const { _json: json, ...parts } = value;
  const pairs = Object.entries(parts).flatMap(([name, one]): [string, string][] =>
    one === null
      ? []
      : Array.isArray(one)
        ? one.map((item: JsonValue) => [name, toText(item)])
        : [[name, toText(one as JsonValue)]],
  );
  if (type === "application/x-www-form-urlencoded") return new URLSearchParams(pairs);
  const form = new FormData();
  for (const [name, text] of pairs) form.append(name, /^files?$/.test(name) ? new Blob([text]) : text);
  if (json !== undefined) form.append("_json", new Blob([JSON.stringify(json)], { type: "application/json" }), "");
  return form;
}

async function ask({ base }: Served, { path, body, ...init }: Request) {
  const leave = new AbortController();
  const response = await fetch(base + path, {
    redirect: "manual",
    signal: leave.signal,
    ...init,
    ...(body !== undefined && { body }),
  });
  const type = response.headers.get("content-type") ?? "";
  // A stream goes on for as long as its run.
  const isStream = type.startsWith("text/event-stream");
  const text = isStream || init.method === "HEAD" ? undefined : await response.text();
  if (isStream) leave.abort();
  return { status: response.status, type, body: text };
}
