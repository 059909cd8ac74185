// The cost of the in-process adapter, which copies arguments and results.
import { createHost, Type, withDefault } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { type BenchCase, microsecondsPerCall } from "../bench-case.ts";

const fields = {
  pixels: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 64, maxItems: 64 }),
  title: Type.String({ maxLength: 200 }),
  top: withDefault(Type.Integer({ minimum: 1, maximum: 10 }), 3),
  explain: withDefault(Type.Boolean(), false),
};
const args = {
  pixels: Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i))),
  title: "the seventh of the first test set, as it was scanned",
  top: 3,
  explain: true,
};
const answer = {
  status: "OK",
  predictions: [
    { label: "seven", probability: 0.91 },
    { label: "one", probability: 0.06 },
    { label: "four", probability: 0.03 },
  ],
};

async function timePerCall(isInProcess: boolean): Promise<number> {
  const host = await createHost({ models: { digits: { getPredictArgs: () => fields, predict: () => answer } } });
  const service = isInProcess ? connectInProcess(host) : host;
  return microsecondsPerCall(50_000, async (calls) => {
    for (let i = 0; i < calls; i++) await service.predict("digits", args);
  });
}

export default {
  name: "in-process",
  against: "a predict by the host itself, time per call",
  goal: { atMost: 1.4 },
  baseline: () => timePerCall(false),
  subject: () => timePerCall(true),
} satisfies BenchCase;
