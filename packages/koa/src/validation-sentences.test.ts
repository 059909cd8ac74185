// What marshmallow 3.26 answers for these values, recorded from the fields that the comments name.

import { createHost, type Fields, type Host } from "@deepaas/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServer } from "./create-server.ts";
import { directPredict } from "./testing/direct-predict.ts";

const integer = { type: "integer" };
const text = { type: "string" };
const formatted = (format: string) => ({ type: "string", format });
const object = { type: "object", properties: { a: integer, b: text }, required: ["a"], additionalProperties: false };

const fields = {
  // List(List(Int)), Nested(many=True), Tuple((Int, Str)), List(Tuple((Int, Int)))
  lists: { type: "array", items: { type: "array", items: integer } },
  many: { type: "array", items: object },
  pair: { type: "array", prefixItems: [integer, text], minItems: 2, items: false },
  pairs: { type: "array", items: { type: "array", prefixItems: [integer, integer], minItems: 2, items: false } },
  // List(Int, validate=Length(2, 3)), Dict(values=List(Int)), List(UUID)
  some: { type: "array", items: integer, minItems: 2, maxItems: 3 },
  dictionary: { type: "object", additionalProperties: { type: "array", items: integer } },
  ids: { type: "array", items: formatted("uuid") },
  date: formatted("date"),
  datetime: formatted("iso-date-time"),
  time: formatted("iso-time"),
  id: formatted("uuid"),
  url: formatted("uri"),
  mail: formatted("email"),
  ip: { anyOf: [formatted("ipv4"), formatted("ipv6")] },
  choice: { type: "string", enum: ["red", "green"] },
  n: integer,
  integers: { type: "array", items: integer },
  either: { anyOf: [integer, { type: "null" }] },
  anything: {},
};

let host: Host;
let url: string;
const server = () => createServer(host, { directPredict });
let close: () => Promise<unknown>;

beforeAll(async () => {
  const optional = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      { ...field, ...("required" in field ? {} : { required: false }) },
    ]),
  ) as Fields;
  host = await createHost({
    models: {
      m: {
        getPredictArgs: () => optional,
        getTrainArgs: () => optional,
        predict: (args: object) => args,
        train: () => 1,
      },
    },
  });
  const listening = server();
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(listening.address() as { port: number }).port}/v2/models/m`;
  close = async () => {
    listening.close();
    listening.closeAllConnections();
    await host.close({ drainMs: 0 });
  };
});
afterAll(() => close());

const send = (path: string, json: string, type = "application/json") =>
  fetch(`${url}${path}`, { method: "POST", body: json, headers: { "Content-Type": type } });

test.each<[keyof typeof fields, unknown, unknown]>([
  ["lists", [[1, "x"]], { 0: { 1: ["Not a valid integer."] } }],
  ["lists", [["1", 2], 3], { 1: ["Not a valid list."] }],
  ["lists", [[1], null], { 1: ["Field may not be null."] }],
  ["lists", [[[]]], { 0: { 0: ["Not a valid integer."] } }],
  ["lists", null, ["Field may not be null."]],
  ["many", { a: 1 }, ["Invalid type."]],
  ["many", 5, ["Invalid type."]],
  ["many", "x", ["Invalid type."]],
  ["many", [{ a: "x" }], { 0: { a: ["Not a valid integer."] } }],
  ["many", [5], { 0: { _schema: ["Invalid input type."] } }],
  ["many", [null], { 0: { _schema: ["Invalid input type."] } }],
  ["many", [{ b: 1 }], { 0: { a: ["Missing data for required field."], b: ["Not a valid string."] } }],
  ["many", [{ a: 1, c: 1 }], { 0: { c: ["Unknown field."] } }],
  ["pair", [1], ["Length must be 2."]],
  ["pair", [1, "x", 3], ["Length must be 2."]],
  ["pair", ["x", 1], { 0: ["Not a valid integer."], 1: ["Not a valid string."] }],
  ["pair", 5, ["Not a valid tuple."]],
  ["pair", "ab", ["Not a valid tuple."]],
  ["pair", {}, ["Not a valid tuple."]],
  ["pair", [], ["Length must be 2."]],
  ["pair", [null, null], { 0: ["Field may not be null."], 1: ["Field may not be null."] }],
  ["pairs", [[1]], { 0: ["Length must be 2."] }],
  [
    "pairs",
    [
      [1, 2, 3],
      [1, "x"],
    ],
    { 0: ["Length must be 2."], 1: { 1: ["Not a valid integer."] } },
  ],
  ["pairs", [5], { 0: ["Not a valid tuple."] }],
  ["some", [1], ["Length must be between 2 and 3."]],
  ["some", ["x"], { 0: ["Not a valid integer."] }],
  ["some", ["x", 1, 1, 1], { 0: ["Not a valid integer."] }],
  ["dictionary", { k: [1, "x"] }, { k: { value: { 1: ["Not a valid integer."] } } }],
  ["dictionary", { k: 5 }, { k: { value: ["Not a valid list."] } }],
  ["dictionary", 5, ["Not a valid mapping type."]],
  ["ids", ["x", 5], { 0: ["Not a valid UUID."], 1: ["Not a valid UUID."] }],
  ...[5, true, [], {}, "x"].flatMap((value): [keyof typeof fields, unknown, unknown][] => [
    ["date", value, ["Not a valid date."]],
    ["datetime", value, ["Not a valid datetime."]],
    ["time", value, ["Not a valid time."]],
    ["id", value, ["Not a valid UUID."]],
    ["url", value, ["Not a valid URL."]],
    ["mail", value, ["Not a valid email address."]],
    ["ip", value, ["Not a valid IP address."]],
    ["choice", value, ["Must be one of: red, green."]],
  ]),
  ["id", "12345678-1234-5678-1234-56781234567", ["Not a valid UUID."]],
])("%s: %j is answered with %j", async (name, value, expected) => {
  const response = await send("/predict/", JSON.stringify({ [name]: value }));
  expect([response.status, await response.json()]).toEqual([422, { [name]: expected }]);
});

test.each([
  "12345678-1234-5678-1234-567812345678",
  "12345678123456781234567812345678",
  "1234567812345678-1234-567812345678",
  "urn:uuid:12345678-1234-5678-1234-567812345678",
])("the UUID %s is taken", async (id) => {
  expect((await send("/predict/", JSON.stringify({ id, ids: [id] }))).status).toBe(200);
});

const unsafe = "9007199254740993";
test.each([
  ["n", unsafe],
  ["n", "-9007199254740993"],
  ["n", "1e300"],
  ["integers", `[1, ${unsafe}]`],
  ["integers", unsafe],
  ["integers", `["${unsafe}"]`],
  ["either", unsafe],
  ["many", `[{"a": ${unsafe}}]`],
  ["pair", `[${unsafe}, "x"]`],
  ["dictionary", `{"k": [${unsafe}]}`],
  ["anything", "1e400"],
  ["anything", '{"deep": [1e400]}'],
])("%s: %s cannot be kept and is refused", async (name, json) => {
  for (const path of ["/predict/", "/train/"]) {
    for (const type of ["application/json", "application/vnd.deepaas+json"]) {
      expect([path, type, (await send(path, `{"${name}":${json}}`, type)).status]).toEqual([path, type, 422]);
    }
  }
});

test.each(["GET", "PUT", "DELETE", "PATCH"])(
  "%s of a model that is not served is 404, of one that is 405",
  async (method) => {
    const other = url.replace(/m$/, "other");
    for (const path of ["/predict/", ...(method === "GET" ? [] : ["/train/", "/"])]) {
      expect((await fetch(other + path, { method })).status).toBe(404);
      expect((await fetch(url + path, { method })).status).toBe(405);
    }
  },
);
