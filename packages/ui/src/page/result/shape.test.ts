import { describe, expect, test } from "vitest";
import { resultSummary, shapeOf } from "./shape.ts";

describe("labels", () => {
  test("are two lists of the same length, with what DEEPaaS tells about each", () => {
    const value = {
      labels: ["cat", "dog"],
      probabilities: [0.9, 0.1],
      labels_info: ["a cat", ""],
      links: { Wikipedia: ["https://example.org/cat", "javascript:alert(1)"] },
      model: "m",
    };
    expect(shapeOf(value)).toEqual({
      is: "parts",
      parts: [
        [
          "",
          {
            is: "labels",
            rows: [
              { label: "cat", probability: 0.9, info: "a cat", links: [["Wikipedia", "https://example.org/cat"]] },
              { label: "dog", probability: 0.1, info: "", links: [] },
            ],
          },
        ],
      ],
      rest: { model: "m" },
    });
  });

  test("are a list of a label and a probability each", () => {
    expect(shapeOf([{ label: "7", probability: 0.98 }])).toMatchObject({ is: "labels", rows: [{ label: "7" }] });
  });

  test.each([
    { labels: ["a"], probabilities: [0.5, 0.5] },
    { labels: ["a"], probabilities: [17] },
    { labels: [], probabilities: [] },
  ])("are not %j", (value) => {
    expect(shapeOf(value).is).toBe("json");
  });

  test("with more about each are a table", () => {
    expect(shapeOf([{ label: "cat", score: 0.9, box: [1, 2, 3, 4] }]).is).toBe("table");
  });
});

describe("a table", () => {
  test("is a list of flat objects", () => {
    expect(
      shapeOf([
        { a: 1, b: "x" },
        { a: 2, c: null },
      ]),
    ).toEqual({
      is: "table",
      columns: ["a", "b", "c"],
      rows: [
        [1, "x", undefined],
        [2, undefined, null],
      ],
    });
  });

  test("is a list of lists", () => {
    expect(shapeOf([[1, 2], [3]])).toEqual({
      is: "table",
      columns: ["", ""],
      rows: [
        [1, 2],
        [3, undefined],
      ],
    });
  });

  test.each([[[{ a: { b: 1 } }]], [[{ a: 1 }, 2]], [[[[1]]]], [[1, 2]], [[]]])("is not %j", (value) => {
    expect(shapeOf(value).is).not.toBe("table");
  });
});

describe("a text", () => {
  test("that is a picture is one", () => {
    expect(shapeOf("data:image/png;base64,iVBO")).toEqual({ is: "media", contentType: "image/png", base64: "iVBO" });
    const schema = { type: "string", contentEncoding: "base64", contentMediaType: "image/png" };
    expect(shapeOf("iVBO", schema)).toEqual({ is: "media", contentType: "image/png", base64: "iVBO" });
  });

  test("is one, even if it looks like a page", () => {
    expect(shapeOf("data:text/html;base64,iVBO").is).toBe("text");
  });
});

test("what has a picture or a table in it consists of parts", () => {
  const value = { score: 1, mask: "data:image/png;base64,iVBO", boxes: [{ x: 1 }] };
  expect(shapeOf(value)).toMatchObject({
    parts: [
      ["mask", { is: "media" }],
      ["boxes", { is: "table" }],
    ],
    rest: { score: 1 },
  });
  expect(shapeOf(["data:image/png;base64,iVBO"])).toMatchObject({ parts: [["1", { is: "media" }]] });
});

test.each([
  [
    [
      { label: "1", probability: 0.01 },
      { label: "7", probability: 0.982 },
    ],
    "7 (98.2 %)",
  ],
  [{ labels: ["7"], probabilities: [0.0001] }, "7 (< 0.1 %)"],
  [{ y: 3 }, '{"y":3}'],
  ["text", "text"],
  [null, "null"],
])("the summary of %j", (value, text) => {
  expect(resultSummary(value)).toBe(text);
});
