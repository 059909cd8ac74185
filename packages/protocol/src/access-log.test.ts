import type { RequestEnd } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { accessLog } from "./access-log.ts";

const end: RequestEnd = {
  operation: "predict",
  model: "digits",
  runId: undefined,
  caller: "key:ada",
  status: 200,
  error: undefined,
  complete: true,
};

function lineOf(path: string | undefined, ended: Partial<RequestEnd> = {}) {
  const lines: [object, string][] = [];
  const observer = accessLog({ info: (fields, message) => void lines.push([fields, message]) });
  const method = path === undefined ? undefined : "POST";
  const observed = observer.request?.({ adapter: "rest", requestId: "r-1", traceparent: undefined, method, path });
  expect(lines).toEqual([]);
  observed?.end?.({ ...end, ...ended });
  expect(lines).toHaveLength(1);
  return lines[0] as [Record<string, unknown>, string];
}

test("a line has what is known, and nothing else", () => {
  const [fields, message] = lineOf("/v2/models/digits/predict/");
  expect(message).toBe("request");
  expect(Object.entries(fields)).toEqual(
    Object.entries({
      adapter: "rest",
      requestId: "r-1",
      status: 200,
      ms: expect.any(Number),
      complete: true,
      method: "POST",
      path: "/v2/models/digits/predict/",
      operation: "predict",
      model: "digits",
      caller: "key:ada",
    }),
  );
  const none = { operation: undefined, model: undefined, caller: undefined };
  const [lost] = lineOf(undefined, { ...none, status: 431, error: "too_large", complete: false });
  expect(Object.keys(lost)).toEqual(["adapter", "requestId", "status", "ms", "complete", "error"]);
});

test.each([
  ["/v2/runs/grant.abc.def", "/v2/runs/[token]"],
  ["/v2/runs/x%3Fgrant=grant.abc-_~.def/events", "/v2/runs/x%3Fgrant=[token]/events"],
  ["/v2/dpk_AbC-123/", "/v2/[token]/"],
])("a grant or an API key is not in the path %s", (path, shown) => {
  const [fields] = lineOf(path, { runId: path });
  expect(fields).toMatchObject({ path: shown, runId: shown });
});
