import { expect, test } from "vitest";
import { sliderStep, steppedValue } from "./steps.ts";

test.each([
  [{ type: "integer", minimum: 1, maximum: 10 }, 1],
  [{ type: "number", minimum: 0, maximum: 1 }, 0.01],
  [{ type: "number", minimum: 0, maximum: 1, multipleOf: 0.25 }, 0.25],
  [{ type: "number", minimum: 0.00001, maximum: 0.1 }, undefined],
  [{ type: "integer", minimum: 0, maximum: 2_147_483_647 }, undefined],
  [{ type: "integer", minimum: 0 }, undefined],
  [{ type: "integer", minimum: 1, maximum: 1 }, undefined],
])("the step of a slider for %j is %j", (schema, step) => {
  expect(sliderStep(schema)).toBe(step);
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
