import { describe, expect, test } from "vitest";
import { canonicalJson, NotJson, toJson } from "./json.ts";

function refused(value: unknown): { pointer: string; message: string } {
  try {
    toJson(value);
  } catch (error) {
    if (error instanceof NotJson) return { pointer: error.pointer, message: error.message };
  }
  throw new Error("it was not refused");
}

describe("toJson", () => {
  test("gives plain data back as it is, without a copy", () => {
    const value = { a: [1, "two", null, true], b: { c: {} } };
    expect(toJson(value)).toBe(value);
  });

  test("turns dates, typed arrays and class instances into what JSON has for them", () => {
    class Point {
      x = 1;
      y = undefined;
    }
    expect(
      toJson({ at: new Date(0), scores: new Float32Array([0.5, 1]), point: new Point(), none: undefined }),
    ).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      scores: [0.5, 1],
      point: { x: 1 },
    });
    expect(toJson([undefined, 1])).toEqual([null, 1]);
    expect(toJson(undefined)).toBeNull();
  });

  test.each([
    [{ a: [0, Number.NaN] }, "/a/1", "NaN"],
    [{ "a/b": Number.POSITIVE_INFINITY }, "/a~1b", "Infinity"],
    [{ big: 1n }, "/big", "bigint"],
    [[() => 1], "/0", "function"],
    [{ m: new Map() }, "/m", "Map"],
    [{ s: new Set() }, "/s", "Set"],
    [{ g: [1, 2].values() }, "/g", "Array Iterator has no JSON form"],
  ])("refuses %o with its place", (value, pointer, reason) => {
    const { pointer: at, message } = refused(value);
    expect(at).toBe(pointer);
    expect(message).toContain(reason);
  });

  test("refuses a cycle instead of overflowing the stack", () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(refused(value).message).toContain("Refers to itself");
  });

  test("makes non-finite numbers null and says where, when asked to", () => {
    const places: string[] = [];
    expect(toJson({ loss: [1, Number.NaN] }, { onNonFinite: (pointer) => places.push(pointer) })).toEqual({
      loss: [1, null],
    });
    expect(places).toEqual(["/loss/1"]);
  });

  test("keeps an own __proto__ member harmless", () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}, "n": [1]}') as Record<string, unknown>;
    const json = toJson({ ...value, drop: undefined, kept: value });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.hasOwn((json as Record<string, object>).kept as object, "__proto__")).toBe(true);
  });
});

test("canonicalJson is the same text for the same members in any order", () => {
  expect(canonicalJson({ b: 1, a: [{ d: 1, c: 2 }] })).toBe(canonicalJson({ a: [{ c: 2, d: 1 }], b: 1 }));
});
