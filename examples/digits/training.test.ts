import { readFileSync } from "node:fs";
import { modelFile } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import Digits from "./digits.ts";
import { createRecordedRun } from "./recorded-run.ts";
import { loadTensorflow } from "./tensorflow.ts";

const plan = { epochs: 3, samples: 320, learning_rate: 0.008, batch_size: 16, seed: 5 };
const seven = modelFile(readFileSync(new URL("./7.png", import.meta.url)));
const never = new AbortController().signal;

const digits = new Digits();
/** Starts from nothing. */
const untrained = new Digits();
beforeAll(() => digits.warm({ published: undefined, signal: never }));
afterAll(() => digits.close());

describe("train", () => {
  it("learns, reports, keeps each epoch, and publishes weights that serve", { timeout: 30_000 }, async () => {
    const { tf } = await loadTensorflow();
    const before = tf.memory().numTensors;
    const { context, reports, checkpoints, published } = createRecordedRun();
    const result = await untrained.train(plan, context);

    const losses = reports.flatMap(({ metrics }) => metrics?.loss ?? []);
    expect(losses).toHaveLength(60);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-5))).toBeLessThan(0.8 * mean(losses.slice(0, 5)));
    expect(reports.at(-1)).toMatchObject({
      step: 60,
      total: 60,
      metrics: { epoch: 3, val_accuracy: result.val_accuracy },
    });
    expect(checkpoints.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(result.val_accuracy).toBeGreaterThan(0.2);
    expect(tf.memory().numTensors).toBe(before);

    const trained = new Digits();
    await trained.warm({ published: published[0], signal: never });
    expect((await trained.predict({ image: seven, top: 10 })).predictions).toHaveLength(10);
    trained.close();
  });

  it("goes on from a checkpoint, with the digits it would have drawn", { timeout: 30_000 }, async () => {
    const short = { ...plan, samples: 160, epochs: 2 };
    const whole = createRecordedRun();
    await untrained.train(short, whole.context);
    const resumed = createRecordedRun({ resumeFrom: whole.checkpoints[0] });
    await untrained.train(short, resumed.context);

    expect(resumed.reports.map(({ step }) => step)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20]);
    expect(resumed.checkpoints.map(({ step }) => step)).toEqual([2]);
    // The first batch after the checkpoint sees the same weights and the same digits; only the optimiser has started anew.
    expect(resumed.reports[0]?.metrics).toEqual(whole.reports[11]?.metrics);
  });

  it("ends in a second attempt what the first one was killed in, and repeats no whole epoch", {
    timeout: 30_000,
  }, async () => {
    const short = { ...plan, samples: 160 };
    const controller = new AbortController();
    const killed = createRecordedRun({
      signal: controller.signal,
      onReport: ({ step }) => step === 25 && controller.abort(new Error("killed")),
    });
    await expect(untrained.train(short, killed.context)).rejects.toThrow("killed");
    expect(killed.checkpoints.map(({ step, data }) => [step, data])).toEqual([
      [1, { loss: expect.any(Number), accuracy: expect.any(Number) }],
      [2, { loss: expect.any(Number), accuracy: expect.any(Number) }],
    ]);
    const resumed = createRecordedRun({ resumeFrom: killed.checkpoints.at(-1) });
    const result = await untrained.train(short, resumed.context);
    expect(resumed.reports.map(({ step }) => step)).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 30]);
    expect(resumed.checkpoints.map(({ step }) => step)).toEqual([3]);
    expect(result.epochs).toBe(3);
    expect(resumed.published).toHaveLength(1);
  });

  it("publishes a checkpoint of the last epoch as it is, with the same result", async () => {
    const short = { ...plan, samples: 64, epochs: 1 };
    const whole = createRecordedRun();
    const result = await untrained.train(short, whole.context);
    const resumed = createRecordedRun({ resumeFrom: whole.checkpoints[0] });
    expect(await untrained.train(short, resumed.context)).toEqual(result);
    expect(await resumed.published[0]?.bytes()).toEqual(await whole.published[0]?.bytes());
  });

  it("goes on from the weights that are served, and measures them on the same digits as every run", async () => {
    const { context } = createRecordedRun();
    const short = { ...plan, epochs: 1, samples: 16, learning_rate: 0.00001 };
    const { val_accuracy } = await digits.train(short, context);
    expect(val_accuracy).toBeCloseTo(digits.shippedMetrics.val_accuracy, 2);
    const other = await digits.train({ ...short, seed: 77 }, createRecordedRun().context);
    expect(other.val_accuracy).toBeCloseTo(val_accuracy, 2);
  });

  it("makes the same weights from the same seed, and others from another", async () => {
    const weights = async (seed: number) => {
      const { context, published } = createRecordedRun();
      await untrained.train({ ...plan, samples: 64, epochs: 1, seed }, context);
      return published[0]?.bytes();
    };
    expect(await weights(5)).toEqual(await weights(5));
    expect(await weights(5)).not.toEqual(await weights(6));
  });

  it("stops within a second of a cancel, publishes nothing and leaves no tensor behind", async () => {
    const { tf } = await loadTensorflow();
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const reason = new Error("enough");
    let cancelledAt = 0;
    const { context, reports, published } = createRecordedRun({
      signal: controller.signal,
      onReport() {
        if (reports.length !== 3) return;
        cancelledAt = performance.now();
        controller.abort(reason);
      },
    });
    await expect(untrained.train({ ...plan, samples: 3000, batch_size: 64 }, context)).rejects.toBe(reason);
    expect(performance.now() - cancelledAt).toBeLessThan(1000);
    expect(reports).toHaveLength(3);
    expect(published).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("answers predictions meanwhile, with the weights that serve", { timeout: 30_000 }, async () => {
    const alone = await digits.predict({ image: seven, top: 10 });
    const controller = new AbortController();
    const { context, reports } = createRecordedRun({ signal: controller.signal });
    const training = digits.train({ ...plan, samples: 3000 }, context);
    const stopped = expect(training).rejects.toThrow();
    while (reports.length < 6) expect(await digits.predict({ image: seven, top: 10 })).toEqual(alone);
    controller.abort(new Error("seen enough"));
    await stopped;
  });

  it("says so when it diverges", async () => {
    await expect(untrained.train({ ...plan, learning_rate: 1e30 }, createRecordedRun().context)).rejects.toThrow(
      /diverged/,
    );
  });
});
