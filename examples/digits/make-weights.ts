// Makes weights.bin by the model's own training: node examples/digits/make-weights.ts [epochs] [samples] [seed]

import { writeFile } from "node:fs/promises";
import Digits from "./digits.ts";
import { createRecordedRun } from "./recorded-run.ts";

const [epochs = 20, samples = 10_000, seed = 1] = process.argv.slice(2).map(Number);
const started = performance.now();
const { context, published } = createRecordedRun({
  onReport({ step, total, metrics }) {
    if (metrics?.epoch !== undefined) console.log(`${step}/${total}`, metrics);
  },
});
const result = await new Digits().train({ epochs, samples, learning_rate: 0.004, batch_size: 32, seed }, context);
for (const file of published) await writeFile(new URL("./weights.bin", import.meta.url), await file.bytes());
console.log(result, `${Math.round((performance.now() - started) / 1000)} s`);
