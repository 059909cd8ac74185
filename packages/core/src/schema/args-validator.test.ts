import { Type } from "typebox";
import { describe, expect, test } from "vitest";
import { DeepaasError, type Issue } from "../contract/error.ts";
import { type Fields, FileField, withDefault } from "../contract/field.ts";
import { isModelFile } from "../contract/model-file.ts";
import { argsValidator, type UnknownArgs } from "./args-validator.ts";
import { normaliseFields } from "./normalise-fields.ts";

const validator = (fields: Fields, unknownArgs: UnknownArgs = "drop") =>
  argsValidator(normaliseFields(fields), unknownArgs);

function issuesOf(run: () => unknown): readonly Issue[] {
  try {
    run();
  } catch (error) {
    if (DeepaasError.is(error) && error.code === "invalid_args") return error.issues ?? [];
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("defaults", () => {
  const validate = validator({
    n: withDefault(Type.Integer(), 3),
    list: withDefault(Type.Array(Type.Number()), [1]),
    plain: { type: "string", default: "x" },
    maybe: Type.Optional(Type.String()),
    also: { type: "boolean", required: false },
  });

  test("are filled in, and what has none stays away", () => {
    expect(validate({})).toEqual({ n: 3, list: [1], plain: "x" });
  });

  test("are a fresh copy for each call", () => {
    (validate({}).list as number[]).push(2);
    expect(validate({}).list).toEqual([1]);
  });

  test("of null make the argument nullable, as in the original", () => {
    const nullable = validator({ s: { type: "string", default: null }, e: { enum: ["a"], default: null } });
    expect(nullable({})).toEqual({ s: null, e: null });
    expect(nullable({ s: null, e: "a" })).toEqual({ s: null, e: "a" });
  });

  test("are filled in inside nested objects and lists, without changing what the caller gave", () => {
    const nested = validator({
      box: Type.Object({ x: Type.Number(), y: Type.Optional(Type.Number({ default: 7 })) }),
      boxes: Type.Optional(Type.Array(Type.Object({ y: Type.Optional(Type.Number({ default: 8 })) }))),
    });
    const given = { box: { x: 1 }, boxes: [{}, { y: 1 }] };
    expect(nested(given)).toEqual({ box: { x: 1, y: 7 }, boxes: [{ y: 8 }, { y: 1 }] });
    expect(given).toEqual({ box: { x: 1 }, boxes: [{}, { y: 1 }] });
  });
});

describe("issues", () => {
  test("name every place, also more than eight", () => {
    const fields = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, Type.Integer()]));
    const given = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, "x"]));
    expect(issuesOf(() => validator(fields)(given)).map(({ pointer }) => pointer)).toEqual(
      Object.keys(fields).map((name) => `/${name}`),
    );
  });

  test("point into lists and nested objects", () => {
    const validate = validator({ boxes: Type.Array(Type.Object({ x: Type.Integer({ minimum: 1 }) })) });
    expect(issuesOf(() => validate({ boxes: [{ x: 1 }, { x: 0 }, {}] }))).toMatchObject([
      { pointer: "/boxes/1/x", rule: "minimum", params: { limit: 1 } },
      { pointer: "/boxes/2/x", rule: "required" },
    ]);
  });

  test("say what is wrong with the arguments as a whole", () => {
    for (const args of [null, undefined, [], "x", 3]) {
      expect(issuesOf(() => validator({})(args))).toEqual([{ pointer: "", rule: "type", message: "Must be object." }]);
    }
  });
});

describe("unknown arguments", () => {
  test("are dropped, as the original does", () => {
    expect(validator({ a: Type.Optional(Type.Integer()) })({ b: 1 })).toEqual({});
  });

  test("are refused on demand, with what else is wrong", () => {
    expect(issuesOf(() => validator({ a: Type.Integer() }, "reject")({ b: 1 }))).toMatchObject([
      { pointer: "/a", rule: "required" },
      { pointer: "/b", rule: "additionalProperties" },
    ]);
  });

  test("named like a prototype's member do nothing", () => {
    const validate = validator({ a: Type.Optional(Type.Integer()) });
    const hostile = JSON.parse(
      '{"__proto__": {"a": 1}, "constructor": {"prototype": {"a": 1}}, "toString": 1}',
    ) as object;
    expect(validate(hostile)).toEqual({});
    expect(validate(Object.create({ a: 1 }))).toEqual({});
    expect(({} as Record<string, unknown>).a).toBeUndefined();
  });

  test("in nested objects keep their own __proto__ to themselves", () => {
    const validate = validator({ o: Type.Object({ d: Type.Optional(Type.Integer({ default: 1 })) }) });
    const valid = validate({ o: JSON.parse('{"__proto__": {"polluted": 1}}') as object });
    expect((valid.o as Record<string, unknown>).polluted).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("files", () => {
  const validate = validator({ one: FileField(), list: Type.Optional(Type.Array(FileField(), { maxItems: 2 })) });

  test("are given as bytes, blobs or files and arrive as files", () => {
    for (const one of [new Uint8Array([1]), new ArrayBuffer(1), new Blob(["x"])]) {
      expect(isModelFile(validate({ one }).one)).toBe(true);
    }
    const { list } = validate({ one: new Uint8Array(), list: [new Blob(["a"]), new Blob(["b"])] });
    expect((list as unknown[]).every(isModelFile)).toBe(true);
  });

  test("alone stand for a list of one", () => {
    expect(validate({ one: new Blob([]), list: new Blob([]) }).list).toHaveLength(1);
  });

  test("are not text", () => {
    expect(issuesOf(() => validate({ one: "text" }))).toMatchObject([
      { pointer: "/one", rule: "file", message: "Must be a file." },
    ]);
    expect(issuesOf(() => validate({ one: new Blob([]), list: [new Blob([]), 3] }))).toMatchObject([
      { pointer: "/list/1" },
    ]);
    expect(issuesOf(() => validate({ one: new Blob([]), list: [1, 2, 3] })).map(({ rule }) => rule)).toContain(
      "maxItems",
    );
  });
});

test("numbers that JSON does not have are refused", () => {
  const validate = validator({ n: Type.Number() });
  for (const n of [Number.NaN, Number.POSITIVE_INFINITY]) expect(issuesOf(() => validate({ n }))).toHaveLength(1);
});

test("the formats are enforced", () => {
  const validate = validator({
    day: Type.Optional(Type.String({ format: "date" })),
    id: Type.Optional(Type.String({ format: "uuid" })),
    link: Type.Optional(Type.String({ format: "url" })),
    mail: Type.Optional(Type.String({ format: "email" })),
    secret: Type.Optional(Type.String({ format: "password" })),
  });
  expect(validate({ day: "2026-11-22", mail: "a@example.org", secret: "anything" })).toBeDefined();
  expect(issuesOf(() => validate({ day: "22.11.", id: "x", link: "x", mail: "x" })).map(({ rule }) => rule)).toEqual(
    Array(4).fill("format"),
  );
});

test.each([
  ["iso-date-time", "2020-01-02T03:04:05", true],
  ["iso-date-time", "2020-01-02 03:04:05.678901+02:00", true],
  ["iso-date-time", "2020-01-02T03:04Z", true],
  ["iso-date-time", "2020-02-30T03:04:05", false],
  ["iso-date-time", "2020-01-02", false],
  ["iso-date-time", "2020-01-02T24:00:00", false],
  ["iso-time", "03:04:05", true],
  ["iso-time", "03:04", true],
  ["iso-time", "03:04:05+0200", true],
  ["iso-time", "3 o'clock", false],
])("%s of %s: %s", (format, at, sound) => {
  const validate = validator({ at: Type.String({ format }) });
  if (sound) expect(validate({ at })).toEqual({ at });
  else expect(issuesOf(() => validate({ at }))).toMatchObject([{ pointer: "/at", rule: "format" }]);
});

test("what is too much is told, also where a schema says it with false", () => {
  const validate = validator({ pair: Type.Tuple([Type.Integer(), Type.String()]) });
  expect(issuesOf(() => validate({ pair: [1, "a", 2] }))).toMatchObject([{ pointer: "/pair", rule: "maxItems" }]);
});

test("undeclared arguments are not read", () => {
  const args = {
    declared: 1,
    get undeclared(): never {
      throw new Error("was read");
    },
  };
  expect(validator({ declared: { type: "integer" } })(args)).toEqual({ declared: 1 });
});

test("of many undeclared arguments the first eight are refused", () => {
  const args = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, 1]));
  expect(issuesOf(() => validator({}, "reject")(args))).toHaveLength(8);
});

test("defaults of nested objects are added to a copy, also in lists and dictionaries", () => {
  const inner = { type: "object" as const, properties: { a: { type: "integer", default: 1 } } };
  const valid = validator({
    list: { type: "array", items: inner },
    map: { type: "object", additionalProperties: inner },
  } as Fields);
  const args = { list: [{}, { a: 2 }], map: JSON.parse('{"__proto__":{},"x":{"a":3}}') as object };
  const given = structuredClone(args);
  expect(JSON.stringify(valid(args))).toBe('{"list":[{"a":1},{"a":2}],"map":{"__proto__":{"a":1},"x":{"a":3}}}');
  expect(args).toEqual(given);
});
