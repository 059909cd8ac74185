// The training loop: draws, learns, measures, keeps. It gives way to other work after every batch, so that a training neither
// blocks predictions in its process nor outlives a cancel by more than one batch.

import type { TrainContext } from "@deepaas/core";
import type { AdamOptimizer, Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { digitCount, type Network, toTensor } from "./network.ts";
import { createRandom, type Random } from "./random.ts";
import { drawSample, type Sample } from "./samples.ts";
import type { Core } from "./tensorflow.ts";

export interface TrainingPlan {
  epochs: number;
  /** Freshly drawn for each epoch. */
  samples: number;
  learning_rate: number;
  batch_size: number;
  seed: number;
}

export interface Score {
  loss: number;
  accuracy: number;
}

export interface TrainingResult extends Score {
  val_loss: number;
  val_accuracy: number;
  epochs: number;
}

/** The same digits for every run, so that their scores can be compared. No training draws from this seed. */
const validationSeed = 4_000_000_000;
const validationCount = 1_000;
let validationDrawn: Promise<readonly Sample[]> | undefined;
const labelSmoothing = 0.05;
/** How many digits are drawn or measured in one piece: a few milliseconds each, since a request waits for several turns. */
const drawnAtOnce = 4;
const measuredAtOnce = 16;

interface Lesson {
  tf: Core;
  network: Network;
  optimizer: AdamOptimizer;
  plan: TrainingPlan;
  run: TrainContext;
}

/** Trains on from the weights that the network holds: of the run's checkpoint, or where it starts. It holds the result. */
export async function trainNetwork(
  tf: Core,
  network: Network,
  { plan, run }: { plan: TrainingPlan; run: TrainContext },
): Promise<TrainingResult> {
  const validation = await validationSamples();
  run.signal.throwIfAborted();
  const total = plan.epochs * batchesPerEpoch(plan);
  const optimizer = tf.train.adam(plan.learning_rate);
  try {
    // A checkpoint of the last epoch leaves nothing to learn, only to report and to publish.
    let score = scoreFromCheckpoint(run.resumeFrom?.data);
    for (let epoch = (run.resumeFrom?.step ?? 0) + 1; epoch <= plan.epochs; epoch++) {
      score = await trainEpoch({ tf, network, optimizer, plan, run }, epoch);
      const { loss: val_loss, accuracy: val_accuracy } = await measure(network, validation, run.signal);
      run.report({ step: epoch * batchesPerEpoch(plan), total, metrics: { val_accuracy, val_loss, epoch } });
      await run.checkpoint({ step: epoch, data: { ...score }, file: network.toBytes() });
    }
    const { loss: val_loss, accuracy: val_accuracy } = await measure(network, validation, run.signal);
    return { ...score, val_loss, val_accuracy, epochs: plan.epochs };
  } finally {
    optimizer.dispose();
  }
}

export function validationSamples(): Promise<readonly Sample[]> {
  validationDrawn ??= drawSamples(validationCount, createRandom(validationSeed, 0), new AbortController().signal);
  return validationDrawn;
}

function batchesPerEpoch({ samples, batch_size }: TrainingPlan): number {
  return Math.ceil(samples / batch_size);
}

function scoreFromCheckpoint(data: unknown): Score {
  const { loss = 0, accuracy = 0 } = (data ?? {}) as Partial<Score>;
  return { loss, accuracy };
}

/** The mean score of its batches. */
async function trainEpoch({ tf, network, optimizer, plan, run }: Lesson, epoch: number): Promise<Score> {
  const batches = batchesPerEpoch(plan);
  const total = plan.epochs * batches;
  const random = createRandom(plan.seed, epoch);
  const sum: Score = { loss: 0, accuracy: 0 };
  for (let batch = 0; batch < batches; batch++) {
    const step = (epoch - 1) * batches + batch;
    const size = Math.min(plan.batch_size, plan.samples - batch * plan.batch_size);
    const samples = await drawSamples(size, random, run.signal);
    setLearningRate(optimizer, plan.learning_rate * 0.5 * (1 + Math.cos((Math.PI * step) / total)));
    const score = learn(tf, network, { samples, optimizer });
    if (!Number.isFinite(score.loss)) {
      throw new Error("The training diverged: its loss is no longer a number. A smaller learning_rate may help.");
    }
    sum.loss += score.loss;
    sum.accuracy += score.accuracy;
    run.report({ step: step + 1, total, metrics: { ...score } });
    await giveWay(run.signal);
  }
  return { loss: sum.loss / batches, accuracy: sum.accuracy / batches };
}

export async function drawSamples(count: number, random: Random, signal: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = [];
  while (samples.length < count) {
    samples.push(drawSample(random));
    if (samples.length % drawnAtOnce === 0) await giveWay(signal);
  }
  return samples;
}

export async function measure(network: Network, samples: readonly Sample[], signal: AbortSignal): Promise<Score> {
  let [loss, right] = [0, 0];
  for (let start = 0; start < samples.length; start += measuredAtOnce) {
    const some = samples.slice(start, start + measuredAtOnce);
    network.classify(some.map((sample) => sample.pixels)).forEach((probabilities, index) => {
      const label = some[index]?.label ?? 0;
      if (probabilities.indexOf(Math.max(...probabilities)) === label) right++;
      loss -= Math.log(Math.max(1e-7, probabilities[label] ?? 0));
    });
    await giveWay(signal);
  }
  return { loss: loss / samples.length, accuracy: right / samples.length };
}

/** One step of the optimiser, in one piece: no other user of the backend sees half of it. */
function learn(
  tf: Core,
  network: Network,
  { samples, optimizer }: { samples: readonly Sample[]; optimizer: AdamOptimizer },
): Score {
  return tf.tidy(() => {
    const pictures = toTensor(
      tf,
      samples.map((sample) => sample.pixels),
    );
    const labels = tf.tensor1d(
      samples.map((sample) => sample.label),
      "int32",
    );
    const targets = tf.cast(tf.oneHot(labels, digitCount), "float32");
    let scores: Tensor2D | undefined;
    const loss = optimizer.minimize(
      () => {
        scores = tf.keep(network.logits(pictures));
        return tf.losses.softmaxCrossEntropy(targets, scores, undefined, labelSmoothing) as Scalar;
      },
      true,
      network.variables,
    );
    const right = scores && tf.mean(tf.cast(tf.equal(tf.argMax(scores, 1), labels), "float32")).dataSync()[0];
    scores?.dispose();
    return { loss: loss?.dataSync()[0] ?? Number.NaN, accuracy: right ?? 0 };
  });
}

/** Adam has no setter for its rate, unlike the plain optimisers, but reads it anew at each step. */
function setLearningRate(optimizer: AdamOptimizer, learningRate: number): void {
  Object.assign(optimizer, { learningRate });
}

/** To the next turn of the event loop: a promise alone would not let a request in. */
async function giveWay(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
