// Makes weights.bin by the model's own training: node examples/digits/make-weights.ts

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import Digits from "./digits.ts";
import { createRecordedRun } from "./recorded-run.ts";

const { values } = parseArgs({
  options: {
    epochs: { type: "string", default: "20" },
    samples: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: fileURLToPath(new URL("./weights.bin", import.meta.url)) },
  },
});
const plan = { epochs: Number(values.epochs), samples: Number(values.samples), seed: Number(values.seed) };
const started = performance.now();
const { context, published } = createRecordedRun({
  onReport({ step, total, metrics }) {
    if (metrics?.epoch !== undefined) console.log(`${step}/${total}`, metrics);
  },
});
const result = await new Digits().train({ ...plan, learning_rate: 0.004, batch_size: 32 }, context);
for (const file of published) await writeFile(values.out, await file.bytes());
console.log(result, `${Math.round((performance.now() - started) / 1000)} s`);
