import { isModelFile, type JsonValue, modelFile } from "@deepaas/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FileRef, fromWire, mayRefer, plainWireText, toWire } from "./wire-values.ts";

const noFiles = () => {
  throw new Error("there is no file in it");
};
const hostile = fc.constantFrom("$file", "$$file", "$$$file", "file", "__proto__", "constructor", "$");
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue() as fc.Arbitrary<JsonValue>,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(hostile, fc.string()), tie("value"), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;

test("WS-19: no plain value is taken for a file, and each arrives as it was", () => {
  fc.assert(
    fc.property(json, (value) => {
      // By their texts: vitest compares the constructors of objects, and here they may have a member of that name.
      const plain = JSON.stringify(value);
      for (const text of [JSON.stringify(toWire(value, noFiles)), plainWireText(value)]) {
        const arrived = mayRefer(text) ? fromWire(JSON.parse(text) as JsonValue, noFiles) : JSON.parse(text);
        expect(JSON.stringify(arrived)).toBe(plain);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("WS-19: files anywhere in a value are announced in its order, and found again", () => {
  const files = ["a", "b", "c"].map((text) => modelFile(new Blob([text])));
  const refs: FileRef[] = [];
  const wire = toWire({ one: files[0], list: [1, files[1], { deep: files[2] }], plain: { $file: 1 } }, (file) => {
    const ref = { id: refs.length, contentType: "text/plain", size: (file as { size: number }).size };
    refs.push(ref);
    return ref;
  });
  expect(refs).toHaveLength(3);
  const arrived = fromWire(JSON.parse(JSON.stringify(wire)) as JsonValue, ({ id }) => files[id]) as {
    one: unknown;
    list: [number, unknown, { deep: unknown }];
    plain: unknown;
  };
  expect([arrived.one, arrived.list[1], arrived.list[2].deep].every(isModelFile)).toBe(true);
  expect(arrived.list[2].deep).toBe(files[2]);
  expect(arrived.plain).toEqual({ $file: 1 });
});

test("WS-19: a member name that is written with escapes is the same name", () => {
  const text = '{"\\u0024file":{"id":1,"contentType":"a/b"}}';
  expect(mayRefer(text)).toBe(true);
  expect(fromWire(JSON.parse(text) as JsonValue, ({ id }) => id)).toBe(1);
  const other = '{"$\\u0066ile":{"id":2,"contentType":"a/b"}}';
  expect(mayRefer(other) && fromWire(JSON.parse(other) as JsonValue, ({ id }) => id)).toBe(2);
});

test.each<[string, JsonValue]>([
  ["nothing", null],
  ["no id", { contentType: "a/b" }],
  ["a negative id", { id: -1, contentType: "a/b" }],
  ["an id of more than 32 bits", { id: 2 ** 32, contentType: "a/b" }],
  ["no type", { id: 1 }],
  ["a size that is none", { id: 1, contentType: "a/b", size: "7" }],
  ["a name that is none", { id: 1, contentType: "a/b", name: 7 }],
])("a reference with %s is refused", (_, ref) => {
  expect(() => fromWire({ $file: ref }, () => "opened")).toThrowError(/reference/);
});

test.each<[string, unknown, string]>([
  ["a function", { a: [() => 1] }, "/a/0"],
  ["NaN", { "a/b": Number.NaN }, "/a~1b"],
  ["a bigint", { a: 1n }, "/a"],
  ["a map", { a: new Map() }, "/a"],
])("%s is refused as invalid_args with its place", (_, value, pointer) => {
  expect(() => toWire(value, noFiles)).toThrowError(
    expect.objectContaining({ code: "invalid_args", issues: [expect.objectContaining({ pointer })] }),
  );
});

test("a cycle is refused; a date is sent as its text, undefined is left out, typed arrays are lists", () => {
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  expect(() => toWire(cycle, noFiles)).toThrowError(expect.objectContaining({ code: "invalid_args" }));
  const value = { at: new Date(0), none: undefined, list: new Float32Array([1, 2]) };
  expect(toWire(value, noFiles)).toStrictEqual({ at: "1970-01-01T00:00:00.000Z", list: [1, 2] });
});
