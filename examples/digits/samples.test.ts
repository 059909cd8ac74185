import { describe, expect, it } from "vitest";
import { side } from "./prepare-digit.ts";
import { createRandom } from "./random.ts";
import { drawSample } from "./samples.ts";
import { skeletons } from "./skeletons.ts";

describe("skeletons", () => {
  it("has several habits for each digit, all within reach of the box", () => {
    expect(skeletons).toHaveLength(10);
    for (const habits of skeletons) {
      expect(habits.length).toBeGreaterThanOrEqual(5);
      for (const { x, y } of habits.flat(2)) {
        expect(Math.abs(x - 0.5)).toBeLessThanOrEqual(0.55);
        expect(Math.abs(y - 0.5)).toBeLessThanOrEqual(0.55);
      }
    }
  });
});

describe("drawSample", () => {
  it("draws the same from the same seed and something else from another", () => {
    expect(drawSample(createRandom(1, 2))).toEqual(drawSample(createRandom(1, 2)));
    expect(drawSample(createRandom(1, 2))).not.toEqual(drawSample(createRandom(1, 3)));
  });

  it("draws each digit about equally often, always with ink", () => {
    const random = createRandom(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 300; i++) {
      const { label, pixels } = drawSample(random);
      counts[label] = (counts[label] ?? 0) + 1;
      expect(pixels).toHaveLength(side * side);
      expect(Math.max(...pixels)).toBeGreaterThan(0.3);
      expect(Math.max(...pixels)).toBeLessThanOrEqual(1.001);
    }
    for (const count of counts) expect(count).toBeGreaterThan(12);
  });
});
