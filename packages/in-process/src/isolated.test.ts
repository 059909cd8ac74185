import { modelFile } from "@deepaas/core";
import { expect, test } from "vitest";
import { isolated } from "./isolated.ts";

test("plain data is copied at every level", () => {
  const given = { list: [{ deep: [1] }], text: "a", none: null };
  const copy = isolated(given);
  expect(copy).toStrictEqual(given);
  expect(copy.list[0]?.deep).not.toBe(given.list[0]?.deep);
});

test("what JSON would leave out or change is left out or changed", () => {
  expect(isolated({ a: undefined, b: [undefined], at: new Date(0), numbers: Float32Array.of(1, 2) })).toStrictEqual({
    b: [null],
    at: "1970-01-01T00:00:00.000Z",
    numbers: [1, 2],
  });
});

test.each([
  modelFile(new Blob(["a"])),
  new Blob(["a"]),
  Uint8Array.of(1),
  new ArrayBuffer(1),
  new ReadableStream<Uint8Array>(),
])("a file goes by reference: %o", (file) => {
  expect(isolated({ file }).file).toBe(file);
});

test("an own __proto__ stays a member and changes nothing else", () => {
  const copy = isolated(JSON.parse('{"__proto__": {"admin": true}}')) as Record<string, unknown>;
  expect(Object.keys(copy)).toEqual(["__proto__"]);
  expect(copy.admin).toBeUndefined();
});
