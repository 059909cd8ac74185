import type { Rank } from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { createRandom } from "./random.ts";
import { loadTensorflow } from "./tensorflow.ts";

const { tf } = await loadTensorflow();

function randomValues(count: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.uniform(-1, 1));
}

describe("the gradient of a convolution's filter", () => {
  it.each(["valid", "same"] as const)("agrees with the change that a small step makes, padding %s", (pad) => {
    const shape: [number, number, number, number] = [3, 3, 2, 3];
    const start = randomValues(54, 2);
    const run = (values: readonly number[]): number =>
      tf.tidy(() => {
        const x = tf.tensor4d(randomValues(2 * 6 * 5 * 2, 1), [2, 6, 5, 2]);
        // The cube makes the gradient of the output differ from place to place.
        return tf.sum(tf.pow(tf.conv2d(x, tf.tensor4d([...values], shape), 1, pad), 3)).dataSync()[0] ?? Number.NaN;
      });
    const gradient = tf.tidy(() => {
      const x = tf.tensor4d(randomValues(2 * 6 * 5 * 2, 1), [2, 6, 5, 2]);
      const ofFilter = tf.grad((filter) => tf.sum(tf.pow(tf.conv2d(x, tf.reshape(filter, shape), 1, pad), 3)));
      return ofFilter(tf.tensor4d(start, shape)).dataSync();
    });
    for (const index of [0, 7, 22, 35, 53]) {
      const step = 0.01;
      const moved = (by: number): number => run(start.map((value, at) => (at === index ? value + by : value)));
      expect(gradient[index]).toBeCloseTo((moved(step) - moved(-step)) / (2 * step), 1);
    }
  });

  it("refuses a stride that it would get wrong", () => {
    const wrong = () =>
      tf.tidy(() =>
        tf.grad((filter) =>
          tf.sum(
            tf.conv2d(
              tf.tensor4d(randomValues(36, 3), [1, 6, 6, 1]),
              tf.reshape<Rank.R4>(filter, [3, 3, 1, 1]),
              2,
              "valid",
            ),
          ),
        )(tf.ones([3, 3, 1, 1])),
      );
    expect(wrong).toThrow(/stride 1/);
  });
});
