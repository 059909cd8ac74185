// Every argument that is made from a schema is one that the host accepts.
import { createHost, type Fields, FileField, isModelFile, SecretField, Type, withDefault } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { exampleArgs, exampleValue } from "./example-args.ts";

const recursive = {
  type: "object",
  $defs: {
    node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, n: { type: "integer" } }, required: ["n"] },
  },
  properties: { root: { $ref: "#/$defs/node" } },
  required: ["root"],
};

const fields: Readonly<Record<string, object>> = {
  text: Type.String(),
  "a short text": Type.String({ maxLength: 2 }),
  "a long text": Type.String({ minLength: 100 }),
  "a date": Type.String({ format: "date" }),
  "a time": Type.String({ format: "iso-time" }),
  "a date and time": Type.String({ format: "date-time" }),
  "a local date and time": Type.String({ format: "iso-date-time" }),
  "a UUID": Type.String({ format: "uuid" }),
  "an e-mail address": Type.String({ format: "email" }),
  "a URL": Type.String({ format: "url" }),
  "a URI": Type.String({ format: "uri" }),
  "an IPv4 address": Type.String({ format: "ipv4" }),
  "an IPv6 address": Type.String({ format: "ipv6" }),
  "a host": Type.String({ format: "hostname" }),
  "a duration": Type.String({ format: "duration" }),
  "a secret": SecretField(),
  "a pattern": Type.String({ pattern: "^[A-Z]{2}-\\d{4}(?:/[a-f]+)?$" }),
  "a pattern and a length": Type.String({ pattern: "^\\w+$", minLength: 12, maxLength: 20 }),
  integer: Type.Integer(),
  "an integer with limits": Type.Integer({ minimum: -7, maximum: -3 }),
  "an integer without its limits": Type.Integer({ exclusiveMinimum: 3, exclusiveMaximum: 5 }),
  "an integer above a fraction": Type.Integer({ minimum: 2.5 }),
  "a multiple": Type.Integer({ multipleOf: 7, minimum: 15 }),
  "a multiple below": Type.Number({ multipleOf: 0.25, maximum: -0.3 }),
  number: Type.Number(),
  "a number between": Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.001 }),
  "a large number": Type.Number({ exclusiveMinimum: 1e300 }),
  boolean: Type.Boolean(),
  null: Type.Null(),
  literal: Type.Literal(42),
  choices: Type.Enum(["x", "y"]),
  "choices as a union": Type.Union([Type.Literal("a"), Type.Literal("b")]),
  "this or null": Type.Union([Type.Null(), Type.Integer({ minimum: 5 })]),
  list: Type.Array(Type.Integer()),
  "a list of a size": Type.Array(Type.Number({ minimum: 3 }), { minItems: 4, maxItems: 4 }),
  "a list of different items": Type.Array(Type.Integer({ minimum: 0, maximum: 9 }), { minItems: 5, uniqueItems: true }),
  "a list of lists": Type.Array(Type.Array(Type.Boolean(), { minItems: 2 }), { minItems: 1 }),
  "a list that contains": { type: "array", contains: { const: "must" }, minItems: 2 },
  tuple: Type.Tuple([Type.Integer(), Type.String()]),
  object: Type.Object({ x: Type.Integer({ minimum: 9 }), y: Type.Optional(Type.String()) }),
  "a closed object": Type.Object({ x: Type.String({ format: "date" }) }, { additionalProperties: false }),
  dictionary: Type.Record(Type.String(), Type.Integer()),
  "a dictionary of a size": { type: "object", additionalProperties: { type: "integer" }, minProperties: 3 },
  "a dictionary with a pattern": {
    type: "object",
    patternProperties: { "^k\\d$": { type: "boolean" } },
    minProperties: 1,
    additionalProperties: false,
  },
  intersection: Type.Intersect([Type.String({ minLength: 3 }), Type.Enum(["abc", "de"])]),
  "two objects": Type.Intersect([Type.Object({ a: Type.Integer() }), Type.Object({ b: Type.String() })]),
  "one of": { oneOf: [{ type: "integer", minimum: 3 }, { type: "string" }] },
  "not a text": { type: "string", not: { enum: ["text"] } },
  anything: Type.Unknown(),
  "several types": { type: ["integer", "null"] },
  "examples of which the first is wrong": { type: "integer", examples: ["no", 12] },
  recursive,
  file: FileField(),
  "a list of files": Type.Array(FileField(), { minItems: 2 }),
};

async function accepted(declared: Readonly<Record<string, object>>): Promise<Readonly<Record<string, unknown>>> {
  await using host = await createHost({
    models: { m: { getPredictArgs: () => declared as Fields, predict: () => null } },
    unknownArgs: "reject",
  });
  const { predictArgs } = await host.describe("m");
  const { args, missing } = exampleArgs(predictArgs, { optional: true });
  expect(missing).toEqual([]);
  await host.predict("m", args);
  return args;
}

describe("the host accepts the example of", () => {
  test.each(Object.entries(fields))("%s", async (_, field) => {
    expect(Object.keys(await accepted({ field }))).toEqual(["field"]);
  });

  test("fields with random limits", async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const field = randomField(randomNumbers(seed), 0);
      expect([seed, Object.keys(await accepted({ field }))]).toEqual([seed, ["field"]]);
    }
  });
});

test("an optional argument is only made when it is wanted, with its default if it has one", async () => {
  const declared = { a: Type.Integer(), b: withDefault(Type.Integer(), 30), c: Type.Optional(Type.String()) };
  await using host = await createHost({ models: { m: { getPredictArgs: () => declared, predict: () => null } } });
  const { predictArgs } = await host.describe("m");
  expect(exampleArgs(predictArgs).args).toEqual({ a: 1 });
  expect(exampleArgs(predictArgs, { optional: true }).args).toEqual({ a: 1, b: 30, c: "text" });
});

test("a schema that allows nothing has no example", () => {
  const schema = {
    type: "object",
    properties: { n: { type: "integer", minimum: 2, maximum: 1 } },
    required: ["n"],
  } as const;
  expect(exampleArgs(schema)).toEqual({ args: {}, missing: ["n"] });
  expect(exampleValue("n", { type: "string", format: "date", maxLength: 3 })).toBeUndefined();
});

test("a file has the media type that the field names, else the one that its name suggests", () => {
  const file = (name: string, schema: object) => {
    const { args } = exampleArgs({
      type: "object",
      properties: { [name]: { type: "string", format: "binary", ...schema } },
      required: [name],
    });
    return isModelFile(args[name]) ? args[name].contentType : undefined;
  };
  expect(file("a", { contentMediaType: "image/png" })).toBe("image/png");
  expect(file("a", { contentMediaType: "audio/*" })).toBe("audio/wav");
  expect(file("image", {})).toBe("image/png");
  expect(file("data", {})).toBe("text/plain");
});

type Random = (below: number) => number;

/** Mulberry32. */
function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Around a value that it allows, so that there is one. */
function randomField(random: Random, depth: number): object {
  const value = random(200) - 100;
  const maybe = (keyword: string, limit: number) => (random(2) === 0 ? {} : { [keyword]: limit });
  switch (random(depth > 2 ? 4 : 7)) {
    case 0:
      return { type: "integer", ...maybe("minimum", value - random(3)), ...maybe("maximum", value + random(3)) };
    case 1: {
      const part = 1 / (1 + random(9));
      return { type: "number", ...maybe("exclusiveMinimum", value - part), ...maybe("exclusiveMaximum", value + part) };
    }
    case 2: {
      const length = random(30);
      return { type: "string", ...maybe("minLength", Math.max(0, length - random(5))), ...maybe("maxLength", length) };
    }
    case 3:
      return { enum: [value, String(value), null] };
    case 4: {
      const count = random(4);
      return {
        type: "array",
        items: randomField(random, depth + 1),
        ...maybe("minItems", count),
        ...maybe("maxItems", count + 1),
      };
    }
    case 5: {
      const members = ["a", "b", "c"].slice(0, 1 + random(3));
      const properties = Object.fromEntries(members.map((name) => [name, randomField(random, depth + 1)]));
      return {
        type: "object",
        properties,
        required: members.slice(0, random(4)),
        additionalProperties: false,
      };
    }
    default:
      return { anyOf: [randomField(random, depth + 1), randomField(random, depth + 1)] };
  }
}
