// The cost of the host for a call of a no-op model with three arguments.
import { createHost, Type, withDefault } from "@deepaas/core";
import { Compile } from "typebox/compile";
import { type BenchCase, microsecondsPerCall } from "../bench-case.ts";

const fields = {
  text: Type.String(),
  n: withDefault(Type.Integer({ minimum: 0 }), 1),
  flag: withDefault(Type.Boolean(), false),
};
const model = { getPredictArgs: () => fields, predict: async () => ({ ok: true }) };
const args = { text: "hello", n: 3, flag: true };
const calls = 200_000;

export default {
  name: "predict-overhead",
  against: "a hand-written compiled check and `await model.predict`",
  goal: { atMost: 2 },
  unit: "µs added",
  figure: (subject, baseline) => subject - baseline,

  async baseline() {
    const validator = Compile(Type.Object(fields));
    const predict = async (given: object) => {
      if (!validator.Check(given)) throw new Error("invalid");
      return model.predict();
    };
    return microsecondsPerCall(calls, async (count) => {
      for (let i = 0; i < count; i++) await predict(args);
    });
  },

  async subject() {
    const host = await createHost({ models: { model } });
    return microsecondsPerCall(calls, async (count) => {
      for (let i = 0; i < count; i++) await host.predict("model", args);
    });
  },
} satisfies BenchCase;
