// The header of a part, as clients send it and as they should not.
import { describe, expect, test } from "vitest";
import { readPartHeader } from "./part-header.ts";

const read = (disposition: string | undefined, more: Record<string, string> = {}) =>
  readPartHeader({
    ...(disposition !== undefined && { "content-disposition": [disposition] }),
    ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, [value]])),
  });
const named = (filename: string) => read(`form-data; name="f"; ${filename}`).file?.originalFilename;
/** As a header has it: a character per byte. */
const utf8 = (text: string) => Buffer.from(text).toString("latin1");

test("a part without a type and a file name is text", () => {
  expect(read('form-data; name="a"')).toEqual({ name: "a", file: undefined, charset: undefined, isBase64: false });
});

test.each([
  undefined,
  "",
  "form-data",
  'attachment; name="a"',
  'form-dataX; name="a"',
  'x form-data; name="a"',
  'form-data; filename="a"',
])("%j is no field of a form", (disposition) => {
  expect(() => read(disposition)).toThrow("A part of the form has no name");
});

test.each(['FORM-DATA; NAME="a"', "form-data;name=a", 'form-data ; name = "a"', 'form-data; x; name=a; name="b"'])(
  "%j has the name a",
  (disposition) => {
    expect(read(disposition).name).toBe("a");
  },
);

test.each([
  ["a file name", 'filename="f"', undefined, { contentType: "application/octet-stream", originalFilename: "f" }],
  ["an empty file name", 'filename=""', undefined, { contentType: "application/octet-stream", originalFilename: "" }],
  ["both", 'filename="f"', " image/png ", { contentType: "image/png", originalFilename: "f" }],
  ["a type that is no text", "x=y", "image/png", { contentType: "image/png", originalFilename: "" }],
  ["a type like JSON", "x=y", "application/jsonlines", { contentType: "application/jsonlines", originalFilename: "" }],
  ["a type that only has text in it", "x=y", "x-text/a", { contentType: "x-text/a", originalFilename: "" }],
  ["text", "x=y", "text/plain", undefined],
  ["JSON", "x=y", "Application/JSON; charset=utf-8", undefined],
  ["an empty type", "x=y", " ", undefined],
])("a part with %s is a file, or not", (_name, params, type, file) => {
  expect(read(`form-data; name="a"; ${params}`, type === undefined ? {} : { "content-type": type }).file).toEqual(file);
});

test("the part of all arguments is text, whatever its type and file name", () => {
  expect(read('form-data; name="_json"; filename="f"', { "content-type": "image/png" }).file).toBeUndefined();
});

test("the charset is that of the type", () => {
  expect(read("form-data; name=a", { "content-type": 'text/plain; Charset="latin1"' }).charset).toBe("latin1");
  expect(read("form-data; name=a", { "content-type": "text/plain" }).charset).toBeUndefined();
});

test.each([
  ["base64", true],
  [" BASE64 ", true],
  ["7bit", false],
  ["8bit", false],
  ["binary", false],
  ["", false],
])("the transfer encoding %j is known", (encoding, isBase64) => {
  expect(read("form-data; name=a", { "content-transfer-encoding": encoding }).isBase64).toBe(isBase64);
});

test("another transfer encoding is refused", () => {
  expect(() => read("form-data; name=a", { "content-transfer-encoding": "quoted-printable" })).toThrow(
    "The transfer encoding of a part is not known",
  );
});

describe("a name", () => {
  test.each([
    ["a", "a"],
    [utf8("größe"), "größe"],
    ["gr\xf6\xdfe", "größe"],
    ["a;b=c", "a;b=c"],
    [String.raw`a\"b\\c\d`, String.raw`a"b\c\d`],
  ])("%j is %j", (written, name) => {
    expect(read(`form-data; name="${written}"`).name).toBe(name);
  });
});

describe("a file name", () => {
  test.each([
    ["of a path is its last part", String.raw`filename="C:\\dir\\a.txt"`, "a.txt"],
    ["of a path with slashes is its last part", 'filename="../../etc/a.txt"', "a.txt"],
    ["has no control characters and no spaces at its ends", 'filename=" a\u0007b\u007f "', "ab"],
    ["is not one of the folder", 'filename="."', ""],
    ["is not one of the folder above", 'filename=".."', ""],
    ["may begin with dots", 'filename="...a"', "...a"],
    ["in UTF-8 is read", `filename="${utf8("ä.txt")}"`, "ä.txt"],
    ["in the extended form has precedence", "filename=\"a\"; filename*=UTF-8''%c3%A4.txt", "ä.txt"],
    ["in the extended form has a language", "filename*=utf-8'en'a%20b", "a b"],
    ["in the extended form may be in quotes", "filename*=\"UTF-8''%C3%A4.txt\"", "ä.txt"],
    ["in the extended form of latin1 is read", "filename*=iso-8859-1''%e4.txt", "ä.txt"],
    ["in the extended form that is broken is ignored", "filename=\"a\"; filename*=UTF-8''%ff", "a"],
    ["in the extended form of no charset is ignored", "filename=\"a\"; filename*=''b", "a"],
    ["in the extended form of an unknown charset is ignored", "filename=\"a\"; filename*=none''b", "a"],
    ["in the extended form without quotes is ignored", 'filename="a"; filename*=b', "a"],
    ["in the extended form may have further quotes", "filename*=UTF-8''it's", "it's"],
  ])("%s", (_name, params, filename) => {
    expect(named(params)).toBe(filename);
  });

  test("has at most 255 characters", () => {
    expect(named(`filename="${"a".repeat(300)}"`)).toBe("a".repeat(255));
  });
});
