import { createHost, type ModelService, silentLogger } from "@deepaas/core";
import { expect, onTestFinished, test, vi } from "vitest";
import { type LimitsOptions, withLimits } from "./with-limits.ts";

const refused = { code: "rate_limited", retryAfterMs: expect.any(Number) };
const ann = { caller: { id: "key:ann" } };
const bob = { caller: { id: "key:bob" } };

/** A host whose calls of `held` wait until `open` is called. */
async function opened(options: LimitsOptions) {
  const gate = Promise.withResolvers<void>();
  const models = {
    echo: { predict: (args: object) => args },
    held: {
      predict: () => gate.promise.then(() => 1),
      async *predictStream() {
        yield 1;
        await gate.promise;
        yield 2;
      },
      train: () => gate.promise.then(() => ({})),
    },
  };
  const host = await createHost({ models, logger: silentLogger });
  onTestFinished(() => {
    gate.resolve();
    return host.close();
  });
  return { host, service: withLimits(host, options), open: () => gate.resolve() };
}

test("a caller has so many calls in so many seconds, and the others have their own", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const { service } = await opened({ perCaller: { requests: 2, seconds: 10 } });
  await service.models(ann);
  await service.predict("echo", {}, ann);
  await expect(service.predict("echo", {}, ann)).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 10_000 });
  await expect(service.predictStream("held", {}, ann)[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  await service.models(bob);
  await service.models();
  await service.models();
  // All without a caller are one.
  await expect(service.models()).rejects.toMatchObject(refused);
  expect(await service.status(ann)).toMatchObject({ state: "ready" });
  expect(await service.describe("echo", ann)).toMatchObject({ has: { predict: true } });
  vi.advanceTimersByTime(10_000);
  await service.models(ann);
});

/** Every method that is limited, as a call of `ann` that settles. */
const methods: {
  readonly [M in Exclude<keyof ModelService, "status" | "describe">]: (service: ModelService) => Promise<unknown>;
} = {
  stats: (service) => service.stats(ann),
  models: (service) => service.models(ann),
  predict: (service) => service.predict("echo", {}, ann),
  predictStream: (service) => Array.fromAsync(service.predictStream("echo", {}, ann)),
  train: (service) => service.train("echo", {}, ann),
  run: (service) => service.run("r", ann),
  runs: (service) => service.runs({}, ann),
  cancel: (service) => service.cancel("r", ann),
  remove: (service) => service.remove("r", ann),
  watch: (service) => Array.fromAsync(service.watch("r", ann)),
  metrics: (service) => service.metrics("r", ann),
  artifact: (service) => service.artifact("r", "a", ann),
  grant: (service) => service.grant("r", { ...ann, seconds: 60 }),
  versions: (service) => service.versions("echo", ann),
  serveVersion: (service) => service.serveVersion("echo", 9, ann),
  removeVersion: (service) => service.removeVersion("echo", 9, ann),
};

test.each(Object.entries(methods))("%s counts, and is passed on with its result or error", async (_name, call) => {
  const { host, service } = await opened({ perCaller: { requests: 1, seconds: 100 }, callsUnderWay: 1 });
  const outcome = async (of: ModelService) =>
    call(of).then(
      (value) => ({ value: typeof value }),
      (error: Error) => ({ error: error.message }),
    );
  expect(await outcome(service)).toEqual(await outcome(host));
  await expect(call(service)).rejects.toMatchObject(refused);
});

test("a caller has so many calls at the same time", async () => {
  const { service, open } = await opened({ callsUnderWay: 2 });
  const first = service.predict("held", {}, ann);
  const second = service.predictStream("held", {}, ann)[Symbol.asyncIterator]();
  expect(await second.next()).toMatchObject({ value: 1 });
  await expect(service.predict("echo", {}, ann)).rejects.toMatchObject(refused);
  await expect(service.watch("r", ann)[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
  await service.predict("echo", {}, bob);
  await second.return?.();
  await service.predict("echo", {}, ann);
  open();
  await first;
  // A call that fails makes room, too.
  for (let i = 0; i < 3; i++) await expect(service.run("r", ann)).rejects.toMatchObject({ code: "not_found" });
});

test.each([
  [{ perCaller: { requests: 1 } }, "perCaller must be"],
  [{ callsUnderWay: 0 }, "callsUnderWay must be a whole number"],
  [{ perAddress: {} }, 'there is no option "perAddress"'],
])("the options %j are refused", async (options, message) => {
  const { host } = await opened({});
  expect(() => withLimits(host, options as unknown as LimitsOptions)).toThrow(message);
});

test("it needs a service", () => expect(() => withLimits({} as ModelService, {})).toThrow(TypeError));
