import { expect, test } from "vitest";
import { createHost, silentLogger } from "../index.ts";
import type { ModelObserver, ObservedModelCall } from "../ports/observer.ts";

test("the methods of an inline model are called by its observer, with the trace context of the call", async () => {
  const seen: ObservedModelCall[] = [];
  const modelObserver: ModelObserver = {
    call(about, work) {
      seen.push(about);
      return work();
    },
  };
  const models = {
    one: { predict: () => "one" },
    many: { predictBatch: (list: readonly object[]) => list.map(() => "many") },
    parts: {
      async *predictStream() {
        yield "part";
      },
    },
  };
  await using host = await createHost({ models, modelObserver, logger: silentLogger });
  const call = { requestId: "q", traceparent: "t" };
  expect(await host.predict("one", {}, call)).toBe("one");
  expect(await host.predict("many", {}, call)).toBe("many");
  expect(await Array.fromAsync(host.predictStream("parts", {}, call))).toEqual(["part"]);
  const about = { requestId: "q", runId: undefined, traceparent: "t" };
  expect(seen).toEqual([
    { model: "one", method: "predict", ...about },
    { model: "many", method: "predictBatch", ...about },
    { model: "parts", method: "predictStream", ...about },
  ]);
});

test("what the observer returns in place of the model's answer is the answer", async () => {
  const modelObserver: ModelObserver = { call: (_about, work) => Promise.resolve(work()) as never };
  class Model {
    readonly answer = "of this";
    predict() {
      return this.answer;
    }
  }
  await using host = await createHost({ models: { m: new Model() }, modelObserver, logger: silentLogger });
  expect(await host.predict("m", {})).toBe("of this");
});

test("the observer is closed with the models; an error of it is logged", async () => {
  const order: string[] = [];
  const errors: object[] = [];
  const modelObserver: ModelObserver = {
    async close() {
      order.push("observer");
      throw new Error("no collector");
    },
  };
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  const models = { m: { predict: () => 1, close: () => void order.push("model") } };
  const host = await createHost({ models, modelObserver, logger });
  await host.close();
  expect(order).toEqual(["model", "observer"]);
  expect(errors).toMatchObject([{ hook: "close", err: { message: "no collector" } }]);
});
