import { describe, expect, test } from "vitest";
import { logPositions, sliderOf, sliderPosition, sliderValue, steppedValue } from "./slider.ts";

describe("a slider", () => {
  test.each([
    [
      { type: "integer", minimum: 1, maximum: 10 },
      { min: 1, max: 10, step: 1, logarithmic: false },
    ],
    [
      { type: "number", minimum: 0, maximum: 1 },
      { min: 0, max: 1, step: 0.01, logarithmic: false },
    ],
    [
      { type: "number", minimum: 0, maximum: 1, multipleOf: 0.25 },
      { min: 0, max: 1, step: 0.25, logarithmic: false },
    ],
    [{ type: "number", minimum: 0.00001, maximum: 0.1 }, { logarithmic: true }],
    [{ type: "integer", minimum: 0, maximum: 2_147_483_647 }, undefined],
    [{ type: "integer", minimum: 0 }, undefined],
    [{ type: "integer", minimum: 1, maximum: 1 }, undefined],
  ])("of %j is %j", (schema, slider) => {
    if (slider === undefined) expect(sliderOf(schema)).toBeUndefined();
    else expect(sliderOf(schema)).toMatchObject(slider);
  });

  test("over powers of ten is logarithmic, and reaches its ends", () => {
    const slider = sliderOf({ type: "number", minimum: 0.0001, maximum: 1 }) as NonNullable<
      ReturnType<typeof sliderOf>
    >;
    expect([0, logPositions / 2, logPositions].map((at) => sliderValue(slider, at))).toEqual([0.0001, 0.01, 1]);
    expect([0.0001, 0.01, 1, 5, Number.NaN].map((value) => sliderPosition(slider, value))).toEqual([
      0, 150, 300, 300, 0,
    ]);
  });

  test("of integers has integers only", () => {
    const slider = sliderOf({ type: "integer", minimum: 1, maximum: 10_000 }) as NonNullable<
      ReturnType<typeof sliderOf>
    >;
    for (let at = 0; at <= logPositions; at++) expect(Number.isInteger(sliderValue(slider, at))).toBe(true);
  });
});

test.each([
  [{ type: "integer" }, "3", 1, 4],
  [{ type: "integer", maximum: 3 }, "3", 1, 3],
  [{ type: "integer", minimum: 5 }, "", 1, 5],
  [{ type: "number" }, "0.2", 1, 0.3],
  [{ type: "number" }, "0.004", -1, 0.003],
  [{ type: "number" }, "0", -1, -0.1],
  [{ type: "number" }, "abc", 1, 0],
  [{ type: "number", multipleOf: 0.25 }, "0.5", 1, 0.75],
] as const)("a step of %j from %j in direction %i is %d", (schema, text, direction, value) => {
  expect(steppedValue(schema, text, direction)).toBe(value);
});
