// A no-op model with the arguments and the answer of a small classifier.
import { Type, withDefault } from "@deepaas/core";

const fields = {
  pixels: Type.Array(Type.Number({ minimum: 0, maximum: 1 }), { minItems: 64, maxItems: 64 }),
  title: Type.String({ maxLength: 200 }),
  top: withDefault(Type.Integer({ minimum: 1, maximum: 10 }), 3),
  explain: withDefault(Type.Boolean(), false),
};
export const getPredictArgs = () => fields;

export const schema = {
  status: Type.String(),
  predictions: Type.Array(Type.Object({ label: Type.String(), probability: Type.Number() })),
};
export const answer = {
  status: "OK",
  predictions: [
    { label: "seven", probability: 0.91 },
    { label: "one", probability: 0.06 },
    { label: "four", probability: 0.03 },
  ],
};

export const predict = () => answer;
