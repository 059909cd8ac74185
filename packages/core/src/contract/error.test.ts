import { expect, test } from "vitest";
import { DeepaasError, errorDataFrom, invalidArgs, pointerStep } from "./error.ts";

test("an error crosses a wire as data and comes back the same", () => {
  const error = new DeepaasError("out_of_range", "gone", { first: 5, last: 9, retryAfterMs: 10, issues: [] });
  const back = DeepaasError.from(JSON.parse(JSON.stringify(error.toData())) as ReturnType<typeof error.toData>);
  expect(back.toData()).toEqual({
    code: "out_of_range",
    message: "gone",
    first: 5,
    last: 9,
    retryAfterMs: 10,
    issues: [],
  });
  expect(DeepaasError.is(back)).toBe(true);
});

test("an error of another copy of the package is recognised", () => {
  const foreign = Object.assign(new Error("x"), { code: "not_found", [Symbol.for("deepaas.error")]: true });
  expect(DeepaasError.is(foreign)).toBe(true);
  expect(errorDataFrom(foreign)).toEqual({ code: "not_found", message: "x" });
});

test("anything else tells nothing of itself", () => {
  expect(errorDataFrom(new Error("/secret/path: boom"))).toEqual({
    code: "internal",
    message: expect.not.stringContaining("secret") as string,
  });
  expect(errorDataFrom(undefined).code).toBe("internal");
});

test("a step of a pointer is escaped", () => {
  expect(pointerStep("a/b~c")).toBe("/a~1b~0c");
  expect(invalidArgs("/x", "type", "no").issues).toEqual([{ pointer: "/x", rule: "type", message: "no" }]);
});
