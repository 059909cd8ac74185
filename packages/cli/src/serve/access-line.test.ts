import { readFileSync } from "node:fs";
import type { AccessLogFields } from "@deepaas/protocol";
import { expect, test } from "vitest";
import { accessLine } from "./access-line.ts";

const request: AccessLogFields = {
  adapter: "rest",
  requestId: "3f2c61d0-31b9-4a33-9d4c-3b5d5cf0a7ab",
  method: "POST",
  path: "/v2/models/digits/predict/",
  operation: "predict",
  model: "digits",
  caller: "key:ada",
  status: 200,
  ms: 12.3,
  complete: true,
};
const { method: _method, path: _path, ...rest } = request;
const call: AccessLogFields = { ...rest, adapter: "ws" };
const { model: _model, caller: _caller, operation: _operation, ...bare } = call;

test.each<[AccessLogFields, string]>([
  [request, "12:03:04 POST /v2/models/digits/predict/ 200 12 ms key:ada 3f2c61d0…"],
  [
    { ...request, status: 422, error: "invalid_args", ms: 0.4, requestId: "r-1" },
    "12:03:04 POST /v2/models/digits/predict/ 422 invalid_args 0.4 ms key:ada r-1",
  ],
  [call, "12:03:04 rpc predict digits 200 12 ms key:ada 3f2c61d0…"],
  [
    { ...request, method: "POST", path: "/v2/models/digits/train/", runId: "run-1" },
    "12:03:04 POST /v2/models/digits/train/ 200 12 ms key:ada run run-1 3f2c61d0…",
  ],
  [
    { ...call, method: "GET", path: "/v2/runs/run-1/events", runId: "run-1", status: 101 },
    "12:03:04 ws GET /v2/runs/run-1/events 101 12 ms key:ada 3f2c61d0…",
  ],
  [{ ...bare, adapter: "rest", status: 431, error: "too_large" }, "12:03:04 ? ? 431 too_large 12 ms - 3f2c61d0…"],
  [{ ...request, path: "/\u009b31m\u001b[2Jx\ny" }, "12:03:04 POST /x y 200 12 ms key:ada 3f2c61d0…"],
])("of %j", (fields, line) => {
  expect(accessLine(fields, new Date(2026, 10, 28, 12, 3, 4))).toBe(line);
});

test("docs/operations.md shows such lines", () => {
  const page = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");
  const time = new Date(2026, 10, 28, 12, 3, 4);
  expect(page).toContain(`${accessLine(request, time)}\n${accessLine(call, time)}\n`);
});
