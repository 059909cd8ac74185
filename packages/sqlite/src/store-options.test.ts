import { expect, test } from "vitest";
import { directoryBlobs } from "./directory-blobs.ts";
import { sqliteStore } from "./sqlite-store.ts";

test.each([
  [{}, "path"],
  [{ path: "" }, "path"],
  [{ path: "a\0b" }, "path"],
  [{ path: "a", keepEvents: 0 }, "keepEvents"],
  [{ path: "a", keepEvents: 1.5 }, "keepEvents"],
  [{ path: "a", keepEvent: 5 }, 'there is no option "keepEvent". The options are path, keepEvents'],
])("options that are wrong are refused, by name: %j", (options, named) => {
  expect(() => sqliteStore(options as never)).toThrow(TypeError);
  expect(() => sqliteStore(options as never)).toThrow(named);
});

test.each([
  [{}, "path"],
  [{ path: "a\0b" }, "path"],
  [{ path: "a", links: true }, 'there is no option "links"'],
])("so are those of the blobs: %j", (options, named) => {
  expect(() => directoryBlobs(options as never)).toThrow(TypeError);
  expect(() => directoryBlobs(options as never)).toThrow(named);
});
