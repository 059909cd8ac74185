import { type JsonObject, type JsonValue, modelFile, type ObjectSchema } from "@deepaas/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readArgs, type Texts } from "./read-args.ts";

const file = (name: string) => modelFile(new Uint8Array([1]), { originalFilename: name });
const texts = (entries: Record<string, readonly string[]>): Texts => new Map(Object.entries(entries));
const objectOf = (properties: Record<string, JsonObject>): ObjectSchema => ({
  type: "object",
  properties,
  required: [],
});
const read = (field: JsonObject, value: JsonValue) => readArgs(objectOf({ a: field }), { json: { a: value } }).a;

describe("places", () => {
  const schema = objectOf({ a: { type: "string" } });
  const query = texts({ a: ["query"] });
  const form = texts({ a: ["form"] });
  const json = () => ({ a: "json" });

  test("the query wins over the form, and the form over JSON", () => {
    expect(readArgs(schema, { query, form, json: json() })).toEqual({ a: "query" });
    expect(readArgs(schema, { query: texts({}), form, json: json() })).toEqual({ a: "form" });
    expect(readArgs(schema, { json: json() })).toEqual({ a: "json" });
  });

  test("an argument with a location is looked for only there", () => {
    const at = (location: string) =>
      readArgs(objectOf({ "X-A": { type: "string", location } }), {
        query: texts({ "X-A": ["query"] }),
        form: texts({ "X-A": ["form"] }),
        json: { "X-A": "json" },
        headers: texts({ "x-a": ["header"] }),
        cookies: texts({ "X-A": ["cookie"] }),
      })["X-A"];
    expect(["query", "querystring", "form", "json", "headers", "cookies"].map(at)).toEqual([
      "query",
      "query",
      "form",
      "json",
      "header",
      "cookie",
    ]);
  });

  test("an argument located in headers is not taken from the query", () => {
    expect(readArgs(objectOf({ a: { type: "string", location: "headers" } }), { query: texts({ a: ["x"] }) })).toEqual(
      {},
    );
  });

  test("the first of repeated values counts for a scalar, all of them for a list", () => {
    const query = texts({ a: ["1", "2"] });
    expect(readArgs(objectOf({ a: { type: "integer" } }), { query })).toEqual({ a: 1 });
    expect(readArgs(objectOf({ a: { type: "array", items: { type: "integer" } } }), { query })).toEqual({ a: [1, 2] });
  });

  test("one value is a list of one, and a comma does not divide it", () => {
    const list = objectOf({ a: { type: "array", items: { type: "string" } } });
    expect(readArgs(list, { query: texts({ a: ["x,y"] }) })).toEqual({ a: ["x,y"] });
  });

  test("what no field declares is passed on, for the host to drop or refuse", () => {
    expect(readArgs(objectOf({}), { query: texts({ q: ["1", "2"] }), json: { j: 5 } })).toEqual({
      q: ["1", "2"],
      j: 5,
    });
  });

  test("values of the exact part are taken as they are, values of a JSON body are not", () => {
    const schema = objectOf({ n: { type: "integer" }, l: { type: "array", items: { type: "integer" } } });
    expect(readArgs(schema, { exact: { n: "5", l: 7 } })).toEqual({ n: "5", l: 7 });
    expect(readArgs(schema, { json: { n: "5", l: 7 } })).toEqual({ n: 5, l: [7] });
  });

  test("a body that is a list is the one list of objects", () => {
    const list = { type: "array", items: { type: "object", properties: { n: { type: "integer" } } } };
    const json = [{ n: "1" }, { n: 2 }];
    expect(readArgs(objectOf({ list, s: { type: "string" } }), { json })).toEqual({ list: [{ n: 1 }, { n: 2 }] });
    expect(readArgs(objectOf({ list, other: list }), { json })).toEqual({});
    expect(readArgs(objectOf({ list: { ...list, location: "query" } }), { json })).toEqual({});
    expect(readArgs(objectOf({ list }), { json, query: texts({ list: ["x"] }) })).toEqual({ list: ["x"] });
  });

  test.each([[[1, 2]], ["text"], [null], [5]])("a body of %j holds no arguments", (json) => {
    expect(readArgs(schema, { json: json as JsonValue })).toEqual({});
  });
});

describe("text", () => {
  test("text that does not convert stays text, for the host to refuse", () => {
    const schema = objectOf({ n: { type: "integer" }, x: { type: "number" }, b: { type: "boolean" } });
    expect(readArgs(schema, { query: texts({ n: ["1.5"], x: ["nan"], b: ["maybe"] }) })).toEqual({
      n: "1.5",
      x: "nan",
      b: "maybe",
    });
  });

  test("text inside JSON is converted at every depth", () => {
    const field = {
      type: "object",
      properties: { n: { type: "integer" } },
      additionalProperties: { type: "array", items: { type: "boolean" } },
    };
    expect(read(field, { n: "4", other: ["yes", 0, true] })).toEqual({ n: 4, other: [true, false, true] });
  });

  test("null is never made of text, and stays null in JSON", () => {
    expect(readArgs(objectOf({ a: { type: ["integer", "null"] } }), { query: texts({ a: ["null"] }) })).toEqual({
      a: "null",
    });
    expect(read({ type: "array", items: {} }, null)).toBeNull();
  });

  test("a string is not guessed to be something else where a string may stand", () => {
    expect(read({ anyOf: [{ type: "integer" }, { type: "string" }] }, "5")).toBe("5");
    expect(read({ anyOf: [{ type: "integer" }, { type: "null" }] }, "5")).toBe(5);
    expect(read({ enum: [1, 2] }, "2")).toBe(2);
    expect(read({}, "5")).toBe("5");
  });

  test("1 and 0 are booleans only where nothing but a boolean may stand", () => {
    expect(read({ type: "boolean" }, 1)).toBe(true);
    expect(read({ type: "boolean" }, 2)).toBe(2);
    expect(read({ type: ["boolean", "integer"] }, 1)).toBe(1);
  });

  test("a single value in JSON stands for a list of one, but not for a tuple", () => {
    expect(read({ type: "array", items: { type: "integer" } }, "7")).toEqual([7]);
    expect(read({ type: "array", prefixItems: [{ type: "integer" }] }, "7")).toBe("7");
  });
});

describe("files", () => {
  const schema = objectOf({
    f: { type: "string", format: "binary" },
    s: { type: "string" },
    l: { type: "array", items: { type: "string", format: "binary" } },
  });
  const [one, two] = [file("1"), file("2")];

  test("a field takes the first file, a list all of them", () => {
    const files = new Map([
      ["f", [one, two]],
      ["l", [one, two]],
    ]);
    expect(readArgs(schema, { files })).toEqual({ f: one, l: [one, two] });
  });

  test("a file is not taken from the query or from JSON", () => {
    expect(readArgs(schema, { query: texts({ f: ["x"] }), json: { f: "x" } })).toEqual({});
  });

  test("text in its place is passed on, for the host to refuse; empty text is no file", () => {
    expect(readArgs(schema, { form: texts({ f: ["text"] }) })).toEqual({ f: "text" });
    expect(readArgs(schema, { form: texts({ f: [""], l: [""] }) })).toEqual({});
  });

  test("a file for an argument that is none is passed on too", () => {
    expect(readArgs(schema, { files: new Map([["s", [one]]]) })).toEqual({ s: one });
  });
});

describe("hostile input", () => {
  test("a member called __proto__ is a member like any other", () => {
    const json = JSON.parse('{"__proto__":{"polluted":1},"o":{"__proto__":{"polluted":1}}}') as JsonObject;
    const args = readArgs(objectOf({ o: { type: "object" } }), { query: texts({ constructor: ["x"] }), json });
    expect(Object.getPrototypeOf(args)).toBe(Object.prototype);
    expect(Object.keys(args).sort()).toEqual(["__proto__", "constructor", "o"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  const anyField: fc.Arbitrary<JsonObject> = fc.letrec<{ field: JsonObject }>((tie) => ({
    field: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom<JsonObject>(
        {},
        { type: "string" },
        { type: "integer" },
        { type: "number" },
        { type: "boolean" },
        { type: ["integer", "null"] },
        { enum: [1, "a", null] },
        { type: "string", format: "binary" },
      ),
      tie("field").map((items): JsonObject => ({ type: "array", items })),
      tie("field").map((n): JsonObject => ({ type: "object", properties: { n }, additionalProperties: n })),
      fc.array(tie("field"), { maxLength: 3 }).map((anyOf): JsonObject => ({ anyOf })),
    ),
  })).field;
  const anyTexts = fc
    .dictionary(fc.constantFrom("a", "b", "__proto__"), fc.array(fc.string(), { maxLength: 3 }))
    .map(texts);

  test("nothing makes it throw, and the first place that has a value decides", () => {
    fc.assert(
      fc.property(anyField, anyTexts, anyTexts, fc.jsonValue(), (field, query, form, json) => {
        const schema = objectOf({ a: field });
        const args = readArgs(schema, { query, form, json: json as JsonValue });
        const first = query.get("a")?.[0];
        if (
          first !== undefined &&
          field.format !== "binary" &&
          (field.items as JsonObject | undefined)?.format !== "binary"
        ) {
          expect(args.a).toEqual(readArgs(schema, { query }).a);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("what is right already is not changed by a JSON body", () => {
    const cases = fc.oneof(
      fc.tuple(fc.constant<JsonObject>({ type: "string" }), fc.string()),
      fc.tuple(fc.constant<JsonObject>({ type: "integer" }), fc.maxSafeInteger()),
      fc.tuple(fc.constant<JsonObject>({ type: "boolean" }), fc.boolean()),
      fc.tuple(fc.constant<JsonObject>({ type: "array", items: { type: "number" } }), fc.array(fc.integer())),
      fc.tuple(fc.constant<JsonObject>({}), fc.jsonValue()),
    );
    fc.assert(
      fc.property(cases, ([field, value]) => {
        expect(read(field, value as JsonValue)).toEqual(value);
      }),
    );
  });

  test("values survive being text", () => {
    const cases = fc.oneof(
      fc.tuple(fc.constant("string"), fc.string()),
      fc.tuple(fc.constant("integer"), fc.maxSafeInteger()),
      fc.tuple(fc.constant("number"), fc.double({ noNaN: true, noDefaultInfinity: true })),
      fc.tuple(fc.constant("boolean"), fc.boolean()),
    );
    fc.assert(
      fc.property(fc.array(cases, { minLength: 1 }), (all) => {
        for (const [type, value] of all) {
          const args = readArgs(objectOf({ a: { type } }), { query: texts({ a: [String(value)] }) });
          expect(Object.is(args.a, value) || args.a === value).toBe(true);
        }
      }),
    );
  });
});

describe("large bodies", () => {
  test("undeclared members of a body are not read", () => {
    const json = {
      a: "1",
      get undeclared(): never {
        throw new Error("was read");
      },
    };
    expect(readArgs(objectOf({ a: { type: "integer" } }), { exact: json }).a).toBe("1");
    expect(readArgs(objectOf({ a: { type: "integer" } }), { json }).a).toBe(1);
  });

  test("a member that a location does not allow is removed", () => {
    const schema = objectOf({ a: { type: "string", location: "query" }, b: { type: "string" } });
    expect(readArgs(schema, { json: { a: "1", b: "2" } })).toEqual({ b: "2" });
  });

  test("lists and objects are converted in place", () => {
    const list = ["1", 2, "x"];
    const args = readArgs(objectOf({ a: { type: "array", items: { type: "integer" } } }), { json: { a: list } });
    expect(args.a).toBe(list);
    expect(list).toEqual([1, 2, "x"]);
  });
});
