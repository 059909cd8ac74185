import { expect, test } from "vitest";
import { runIdIn } from "./url.ts";

test.each([
  ["", "/v2/runs/a/events", "a"],
  ["", "/v2/runs/a/events/", "a"],
  ["", "/v2/runs/a/events?after=/events", "a"],
  ["", "/v2/runs/a%2Fb/events", "a/b"],
  ["", "/v2/runs/events/events", "events"],
  ["/base", "/base/v2/runs/a/events", "a"],
  ["", "/base/v2/runs/a/events", undefined],
  ["/base", "/v2/runs/a/events", undefined],
  ["", "/v2/runs/a/b/events", undefined],
  ["", "/v2/runs/events", undefined],
  ["", "/v2/runs//events", undefined],
  ["", "/v2/runs/a/events/more", undefined],
  ["", "/v2/runs/%E0%A4%A/events", undefined],
  ["", "", undefined],
])("below %j the run of %s is %s", (basePath, url, id) => {
  expect(runIdIn(url, basePath)).toBe(id);
});
