import type { ModelMetadata, Run } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { toV2Metadata, toV2Prediction, toV2Versions } from "./bodies.ts";
import { toDurationText, toLocalText, toV2Training } from "./training.ts";

const run: Run = {
  id: "a1",
  model: "m",
  state: "queued",
  attempt: 0,
  args: { epochs: 3 },
  createdAt: "2026-11-22T10:32:32.950Z",
  firstSeq: 1,
  lastSeq: 1,
  artifacts: [],
};

describe("a training", () => {
  test.each(["queued", "running", "stopping", "lost"] as const)("%s is running, without a result", (state) => {
    expect(toV2Training({ ...run, state })).toEqual({
      date: toLocalText(run.createdAt),
      args: { epochs: 3 },
      uuid: "a1",
      status: "running",
    });
  });

  test("a finished one has its result, when it ended and how long it took", () => {
    const done: Run = {
      ...run,
      state: "succeeded",
      startedAt: "2026-11-22T10:32:33.000Z",
      endedAt: "2026-11-22T11:32:34.002Z",
      result: { accuracy: 1 },
    };
    expect(toV2Training(done)).toMatchObject({
      status: "done",
      result: {
        output: { accuracy: 1 },
        finish_date: toLocalText("2026-11-22T11:32:34.002Z"),
        duration: "1:00:01.002000",
      },
    });
  });

  test("a failed one has its message, a cancelled one neither", () => {
    expect(toV2Training({ ...run, state: "failed", error: { code: "internal", message: "It broke." } })).toMatchObject({
      status: "error",
      message: "It broke.",
    });
    expect(Object.keys(toV2Training({ ...run, state: "cancelled", endedAt: run.createdAt }))).toEqual([
      "date",
      "args",
      "uuid",
      "status",
    ]);
  });

  test("times are local, without a zone, with microseconds", () => {
    expect(toLocalText(new Date(2026, 0, 2, 3, 4, 5, 6).toISOString())).toBe("2026-01-02 03:04:05.006000");
    expect(toDurationText(0)).toBe("0:00:00.000000");
    expect(toDurationText(90_061_001)).toBe("1 day, 1:01:01.001000");
    expect(toDurationText(2 * 86_400_000)).toBe("2 days, 0:00:00.000000");
    expect(toDurationText(-5)).toBe("0:00:00.000000");
  });
});

describe("metadata", () => {
  const metadata: ModelMetadata = {
    id: "1",
    name: "Digits",
    description: "d",
    license: "MIT",
    servedAs: "digits",
    weightsVersion: 3,
  };

  test("id, name, links, then the rest, under the base path", () => {
    const shown = toV2Metadata(metadata, "/base");
    expect(Object.keys(shown)).toEqual(["id", "name", "links", "description", "license"]);
    expect(shown.links).toEqual([{ rel: "self", href: "/base/v2/models/digits" }]);
  });

  test("links of the author's own win", () => {
    expect(toV2Metadata({ ...metadata, links: [] }, "").links).toEqual([]);
  });

  test("the page for people is linked only where there is one", () => {
    const rels = (help: boolean) => (toV2Versions("", { help }).links as { rel: string }[]).map(({ rel }) => rel);
    expect(rels(true)).toEqual(["help", "describedby"]);
    expect(rels(false)).toEqual(["describedby"]);
  });
});

describe("a prediction", () => {
  test("without a schema is a string: as it is, or its JSON text", () => {
    expect(toV2Prediction("text", { response: null })).toEqual({ status: "OK", predictions: "text" });
    expect(toV2Prediction({ a: [1] }, { response: null })).toEqual({ status: "OK", predictions: '{"a":[1]}' });
    expect(toV2Prediction(null, { response: null })).toEqual({ status: "OK", predictions: "null" });
  });

  test("is the value itself when raw ones are asked for", () => {
    expect(toV2Prediction({ a: [1] }, { response: null }, { rawPredictions: true })).toEqual({
      status: "OK",
      predictions: { a: [1] },
    });
  });

  test("with a schema is the value, unwrapped", () => {
    expect(toV2Prediction({ a: 1 }, { response: { type: "object" } })).toEqual({ a: 1 });
  });
});
