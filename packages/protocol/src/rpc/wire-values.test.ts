import { type JsonValue, modelFile } from "@deepaas/core";
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
      const plain = JSON.stringify({ value });
      for (const text of [JSON.stringify(toWire({ value }, noFiles)), plainWireText({ value })]) {
        const arrived = mayRefer(text) ? fromWire(JSON.parse(text) as JsonValue, noFiles) : JSON.parse(text);
        expect(JSON.stringify(arrived)).toBe(plain);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("WS-19: the files of a call are announced in its order, and found again", () => {
  const files = ["a", "b", "c"].map((text) => modelFile(new Blob([text])));
  const refs: FileRef[] = [];
  const wire = toWire({ one: files[0], list: [files[1], files[2]], plain: { $file: 1 } }, (file) => {
    const ref = { id: refs.length, contentType: "text/plain", size: (file as { size: number }).size };
    refs.push(ref);
    return ref;
  });
  expect(refs).toHaveLength(3);
  const arrived = fromWire(JSON.parse(JSON.stringify(wire)) as JsonValue, ({ id }) => files[id]);
  expect(arrived).toEqual({ one: files[0], list: [files[1], files[2]], plain: { $file: 1 } });
});

test("WS-19: a reference is found at any depth", () => {
  const wire = { list: [1, { deep: { $file: { id: 7, contentType: "text/plain" } } }] };
  expect(fromWire(wire, ({ id }) => `file ${id}`)).toEqual({ list: [1, { deep: "file 7" }] });
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
