import { errorCodes } from "@deepaas/core";
import { expect, test } from "vitest";
import { errorCodeTable, exitCodeOf, httpStatusOf, jsonRpcCodeOf } from "./error-codes.ts";
import { problemDetails, titleOf, toV2ErrorText } from "./problem-details.ts";
import { artifactPath, routes, runEventsPath } from "./routes.ts";

test("every code has a row, with a status of its own kind and a standard phrase", () => {
  expect(Object.keys(errorCodeTable).sort()).toEqual([...errorCodes].sort());
  for (const code of errorCodes) {
    expect(httpStatusOf({ code, message: "" })).toBeGreaterThanOrEqual(400);
    expect(titleOf(httpStatusOf({ code, message: "" }))).not.toBe("");
    expect(jsonRpcCodeOf(code)).toBeLessThan(-32000);
    expect(exitCodeOf(code)).toBeGreaterThan(0);
  }
});

test("a cursor before the log is gone, one after it is ahead", () => {
  const error = { code: "out_of_range", message: "", first: 10, last: 20 } as const;
  expect(httpStatusOf(error, 3)).toBe(410);
  expect(httpStatusOf(error, 21)).toBe(416);
  expect(httpStatusOf(error)).toBe(416);
});

test("the status that a model means is answered, with the model's words", () => {
  const error = { code: "not_found", message: "no such label", status: 418 } as const;
  expect(httpStatusOf(error)).toBe(418);
  expect(toV2ErrorText(error, 418)).toBe("418: no such label");
  for (const status of [200, 600, 404.5, "404"]) expect(httpStatusOf({ ...error, status: status as number })).toBe(404);
});

test("problem details carry what the error carries, and nothing undefined", () => {
  const issues = [{ pointer: "/a", rule: "type", message: "Must be integer." }];
  expect(problemDetails({ code: "invalid_args", message: "m", issues }, 422, { requestId: "r" })).toEqual({
    type: "about:blank",
    title: "Unprocessable Content",
    status: 422,
    detail: "m",
    code: "invalid_args",
    requestId: "r",
    issues,
  });
});

test("the texts are those that clients of DEEPaaS compare with", () => {
  expect(toV2ErrorText({ code: "not_found", message: "There is no run x." }, 404)).toBe("404: Not Found");
  expect(toV2ErrorText({ code: "not_implemented", message: "" }, 501, "m")).toBe(
    "501: Not implemented by underlying model (loaded 'm')",
  );
  expect(toV2ErrorText({ code: "invalid_response", message: "" }, 500)).toBe(
    "500: ERROR validating model response, check server logs.",
  );
  expect(toV2ErrorText({ code: "internal", message: "It broke." }, 500)).toBe("500: It broke.");
});

test("a path's steps are escaped", () => {
  expect(runEventsPath("a/b")).toBe("/v2/runs/a%2Fb/events");
  expect(artifactPath("r", "../x y")).toBe("/v2/runs/r/artifacts/..%2Fx%20y");
  for (const { path } of Object.values(routes)) expect(path).toMatch(/^\/(?:[a-z0-9]+|\{[a-z]+\}|\/)*/);
});
