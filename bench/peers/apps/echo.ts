// The model of this project's servers: returns its arguments, uses CPU time, counts the bytes of a file, or reports as a training.
import { setTimeout as sleep } from "node:timers/promises";
import { defineModel, FileField, Type, withDefault } from "@deepaas/core";
import { burn } from "./burn.ts";

export default defineModel({
  schema: { text: Type.String(), n: Type.Integer(), flag: Type.Boolean(), size: Type.Integer() },
  getPredictArgs: () => ({
    text: withDefault(Type.String({ maxLength: 200 }), ""),
    n: withDefault(Type.Integer({ minimum: 1, maximum: 10 }), 3),
    flag: withDefault(Type.Boolean(), false),
    ms: withDefault(Type.Number({ minimum: 0, maximum: 10_000 }), 0),
    file: Type.Optional(FileField()),
  }),
  getTrainArgs: () => ({ events: Type.Integer({ minimum: 1 }), delayMs: Type.Integer({ minimum: 0 }) }),
  predict({ text, n, flag, ms, file }) {
    burn(ms);
    return { text, n, flag, size: file?.size ?? 0 };
  },
  async train({ events, delayMs }, run) {
    await sleep(delayMs);
    for (let event = 0; event < events; event++) {
      run.report({ message: String(performance.timeOrigin + performance.now()) });
      await sleep(5);
    }
  },
});
