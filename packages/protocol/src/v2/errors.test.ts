import { DeepaasError, type JsonObject } from "@deepaas/core";
import { argsValidator } from "@deepaas/core/ports";
import { describe, expect, test } from "vitest";
import { v2Errors } from "./errors.ts";

/** The body for the mistakes that core's own validator finds. */
function bodyFor(properties: Record<string, JsonObject>, args: unknown, required: readonly string[] = []): unknown {
  const schema = { type: "object", properties, required } as const;
  try {
    argsValidator(schema, "reject")(args);
  } catch (error) {
    if (!DeepaasError.is(error)) throw error;
    return JSON.parse(JSON.stringify(v2Errors(error.issues ?? [], schema, args)));
  }
  throw new Error("the validator found nothing");
}

const one = (field: JsonObject, value: unknown) => (bodyFor({ a: field }, { a: value }) as { a: unknown }).a;

describe("one mistake", () => {
  const integer = { type: "integer" };
  const tuple = { type: "array", prefixItems: [integer, integer], minItems: 2, items: false };
  const ipv4 = { type: "string", format: "ipv4" };
  const nullable = { anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }] };
  test.each<[string, JsonObject, unknown, string]>([
    ["a wrong string", { type: "string" }, 1, "Not a valid string."],
    ["a wrong integer", { type: "integer", minimum: 1 }, "x", "Not a valid integer."],
    ["an integer with a fraction", { type: "integer" }, 2.9, "Not a valid integer."],
    ["a wrong number", { type: "number" }, "x", "Not a valid number."],
    ["a special number", { type: "number" }, "nan", "Special numeric values (nan or infinity) are not permitted."],
    ["a whole number beyond doubles", { type: "integer" }, "9007199254740993", "Number too large."],
    ["a wrong boolean", { type: "boolean" }, "maybe", "Not a valid boolean."],
    ["a wrong list", { type: "array" }, {}, "Not a valid list."],
    ["a wrong tuple", { type: "array", prefixItems: [{ type: "integer" }] }, "1", "Not a valid tuple."],
    ["a short tuple", tuple, [1], "Length must be 2."],
    ["a long tuple", tuple, [1, 2, 3], "Length must be 2."],
    ["a wrong dictionary", { type: "object" }, "x", "Not a valid mapping type."],
    ["null", { type: "integer" }, null, "Field may not be null."],
    ["null for a choice", { enum: ["a"] }, null, "Field may not be null."],
    ["a choice", { type: "string", enum: ["x", "y"] }, "q", "Must be one of: x, y."],
    ["a choice of the wrong type", { type: "integer", enum: [1, 2] }, "q", "Not a valid integer."],
    ["a media type", { type: "string", enum: ["image/png", "*/*"] }, "x/y", "Must be one of: image/png."],
    ["a constant", { const: "same" }, "x", "Must be equal to same."],
    ["a union of constants", { anyOf: [{ const: "a" }, { const: "b" }] }, "c", "Must be one of: a, b."],
    ["a union of types", { anyOf: [{ type: "integer" }, { type: "boolean" }] }, "c", "Invalid value."],
    ["a nullable of the wrong type", nullable, "c", "Not a valid integer."],
    ["a nullable out of range", nullable, 0, "Must be greater than or equal to 1."],
    [
      "two bounds, too low",
      { type: "integer", minimum: 1, maximum: 100 },
      0,
      "Must be greater than or equal to 1 and less than or equal to 100.",
    ],
    [
      "two bounds, too high",
      { type: "integer", minimum: 1, maximum: 100 },
      101,
      "Must be greater than or equal to 1 and less than or equal to 100.",
    ],
    [
      "exclusive bounds",
      { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 10 },
      10,
      "Must be greater than 0 and less than 10.",
    ],
    ["one bound", { type: "number", minimum: 0.5 }, 0.1, "Must be greater than or equal to 0.5."],
    ["two lengths", { type: "string", minLength: 2, maxLength: 5 }, "a", "Length must be between 2 and 5."],
    ["an exact length", { type: "string", minLength: 3, maxLength: 3 }, "a", "Length must be 3."],
    ["too short", { type: "string", minLength: 3 }, "a", "Shorter than minimum length 3."],
    ["too long", { type: "array", maxItems: 1 }, [1, 2], "Longer than maximum length 1."],
    ["a pattern", { type: "string", pattern: "^[a-z]+$" }, "A", "String does not match expected pattern."],
    ["a date and time", { type: "string", format: "date-time" }, "x", "Not a valid datetime."],
    ["a time without a zone", { type: "string", format: "iso-time" }, "x", "Not a valid time."],
    ["a UUID", { type: "string", format: "uuid" }, "x", "Not a valid UUID."],
    ["an address", { type: "string", format: "email" }, "x", "Not a valid email address."],
    ["an IP address", { type: "string", format: "ipv4" }, "x", "Not a valid IP address."],
    ["an IP address of either version", { anyOf: [ipv4, { ...ipv4, format: "ipv6" }] }, "x", "Not a valid IP address."],
    ["what it must not be", { type: "string", not: { enum: ["bad"] } }, "bad", "Invalid input."],
    ["a URL", { type: "string", format: "uri" }, "x", "Not a valid URL."],
    ["no file", { type: "string", format: "binary" }, "text", "Not a valid file."],
  ])("%s", (_what, field, value, message) => expect(one(field, value)).toEqual([message]));

  test("something missing", () => {
    expect(bodyFor({ a: { type: "string" } }, {}, ["a"])).toEqual({ a: ["Missing data for required field."] });
  });

  test("something unknown", () => {
    expect(bodyFor({}, { a: 1 })).toEqual({ a: ["Unknown field."] });
  });

  test("arguments that are no object", () => {
    expect(bodyFor({}, [])).toEqual({ _schema: ["Invalid input type."] });
  });
});

describe("several mistakes", () => {
  test("two rules of one field are both told, in order", () => {
    expect(one({ type: "string", minLength: 3, enum: ["abc"] }, "zz")).toEqual(
      expect.arrayContaining(["Shorter than minimum length 3.", "Must be one of: abc."]),
    );
  });

  test("a list names its items by index, and says nothing of itself until they are sound", () => {
    const list = { type: "array", items: { type: "integer" }, minItems: 5 };
    expect(one(list, [1, "x", 3])).toEqual({ "1": ["Not a valid integer."] });
    expect(one(list, [1])).toEqual(["Shorter than minimum length 5."]);
  });

  test("a dictionary's values stand under value", () => {
    expect(one({ type: "object", additionalProperties: { type: "integer" } }, { k: "v" })).toEqual({
      k: { value: ["Not a valid integer."] },
    });
  });

  test("an object names its members", () => {
    const nested = {
      type: "object",
      properties: { n: { type: "integer" }, s: { type: "string" } },
      required: ["n"],
      additionalProperties: false,
    };
    expect(one(nested, { s: 5, z: 1 })).toEqual({
      n: ["Missing data for required field."],
      s: ["Not a valid string."],
      z: ["Unknown field."],
    });
    expect(one(nested, "text")).toEqual({ _schema: ["Invalid input type."] });
    expect(one({ type: "array", items: nested }, [1, { n: 1 }])).toEqual({ "0": { _schema: ["Invalid input type."] } });
  });

  test("an issue of a model's own keeps its message", () => {
    const issues = [{ pointer: "/image", rule: "decode", message: "Is no JPEG." }];
    expect(v2Errors(issues, { type: "object", properties: {}, required: [] })).toEqual({ image: ["Is no JPEG."] });
    expect(v2Errors(issues)).toEqual({ image: ["Is no JPEG."] });
    const image = { type: "string", format: "binary" };
    expect(v2Errors(issues, { type: "object", properties: { image }, required: [] })).toEqual({
      image: ["Is no JPEG."],
    });
  });

  test("hostile pointers are only names", () => {
    const body = v2Errors([
      { pointer: "/__proto__/polluted", rule: "x", message: "m" },
      { pointer: "/a~1b~0c", rule: "x", message: "m" },
    ]);
    expect(JSON.stringify(body)).toBe('{"__proto__":{"polluted":["m"]},"a/b~c":["m"]}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});
