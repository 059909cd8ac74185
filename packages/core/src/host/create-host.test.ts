import { setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { memoryStore } from "../in-memory/run-store.ts";
import { BaseModel, createHost, DeepaasError, type Model, silentLogger, Type, testModel } from "../index.ts";

describe("createHost", () => {
  test.each([
    [{ models: {}, bogus: 1 }, /there is no option "bogus"/],
    [{ models: {}, limits: { quue: 1 } }, /limits: there is no option "quue"/],
    [{ models: {}, limits: { bytesPerCaller: -1 } }, /limits\.bytesPerCaller must be a number of at least 0/],
    [
      { models: {}, limits: { queuedRunsPerCaller: 1 }, store: { ...memoryStore(), usage: undefined } },
      /limits\.queuedRunsPerCaller needs a store with the method usage/,
    ],
    [{ models: {}, limits: { keepDays: 0 } }, /limits\.keepDays must be more than 0/],
    [{ models: {}, limits: { keepRuns: 0 } }, /limits\.keepRuns must be a number of at least 1/],
    [{ models: {}, limits: { queue: -1 } }, /limits\.queue must be a number of at least 0/],
    [{ models: {}, limits: { concurrency: 0 } }, /limits\.concurrency must be a number of at least 1/],
    [{ models: {}, limits: { models: { a: { drainMs: 1 } } } }, /limits\.models\.a: there is no option "drainMs"/],
    [{ models: {}, unknownArgs: "keep" }, /unknownArgs/],
    [{ models: { "a/b": {} } }, /a model's name/],
    [{ models: { "..": {} } }, /a model's name/],
    [{}, /either models or executor/],
    [{ executor: {}, modelObserver: {} }, /modelObserver is for models, not for an executor/],
  ])("refuses the options %o", async (options, message) => {
    await expect(createHost(options as never)).rejects.toThrow(message);
  });

  test("names the model that cannot be warmed", async () => {
    const warm = () => Promise.reject(new Error("no weights"));
    await expect(
      createHost({ models: { fine: { predict: () => 1 }, broken: { predict: () => 1, warm } } }),
    ).rejects.toThrow("Model broken could not be warmed: no weights");
  });

  test("names the model and the place of an unsound schema", async () => {
    const getPredictArgs = () => ({ n: { type: "integer", default: "x" } }) as const;
    await expect(createHost({ models: { bad: { getPredictArgs, predict: () => 1 } } })).rejects.toThrow(
      "Model bad: getPredictArgs at /n/default",
    );
  });

  test("says what is missing when there is nothing to serve", async () => {
    await expect(createHost({ models: { empty: { getMetadata: () => ({}) } } })).rejects.toThrow(
      "Model empty: it has none of predict",
    );
  });

  test("takes a class, an instance, a module and a default export", async () => {
    class Seven extends BaseModel {
      override predict() {
        return 7;
      }
    }
    await using host = await createHost({
      models: {
        instance: new Seven(),
        class: Seven as object,
        module: { default: Seven } as object,
        namespace: { predict: () => 7 },
      },
    });
    for (const { servedAs } of await host.models()) expect(await host.predict(servedAs, {})).toBe(7);
  });

  test("warms every model before it resolves, once", async () => {
    let warmed = 0;
    const model = { warm: () => void warmed++, predict: () => warmed };
    await using host = await createHost({ models: { model } });
    expect([await host.predict("model", {}), await host.predict("model", {})]).toEqual([1, 1]);
  });

  test("gives generic metadata for a model whose getMetadata is missing, throws, or says nonsense", async () => {
    const predict = () => 1;
    const models = {
      missing: { predict },
      throwing: { predict, getMetadata: () => Promise.reject(new Error("no")) },
      nonsense: { predict, getMetadata: () => ({ n: 1n }) },
    };
    await using host = await createHost({ models });
    for (const { servedAs, name, description } of await host.models()) {
      expect(name).toBe(servedAs);
      expect(description).toBe(`Could not load description from underlying model (loaded '${servedAs}')`);
    }
  });

  test("passes further metadata through and fills in what is missing", async () => {
    const getMetadata = () => ({ author: null, "author-email": null, license: "MIT", version: 2 });
    await using host = await createHost({ models: { m: { predict: () => 1, getMetadata } } });
    expect(await host.models()).toEqual([
      {
        id: "m",
        name: "m",
        description: "m",
        author: null,
        "author-email": null,
        license: "MIT",
        version: 2,
        servedAs: "m",
        weightsVersion: 0,
      },
    ]);
  });

  test("closes twice, and refuses what comes after", async () => {
    let closed = 0;
    const host = await createHost({ models: { m: { predict: () => 1, close: () => void closed++ } } });
    await Promise.all([host.close(), host.close()]);
    expect(closed).toBe(1);
    await expect(host.predict("m", {})).rejects.toMatchObject({ code: "unavailable" });
    expect((await host.status()).state).toBe("closing");
  });
});

describe("what a model throws", () => {
  const models = {
    m: {
      getPredictArgs: () => ({ how: Type.String() }),
      predict({ how }: { how: string }) {
        if (how === "secret") throw new Error("/etc/secret is broken");
        throw new DeepaasError("failed_precondition", "not now");
      },
    },
  };

  test("is logged under the request's id and not sent", async () => {
    const lines: object[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (fields: object) => void lines.push(fields) };
    await using host = await createHost({ models, logger });
    const failure = await host
      .predict("m", { how: "secret" }, { requestId: "r-1" })
      .catch((error: unknown) => error as DeepaasError);
    expect(failure).toMatchObject({ code: "internal", message: expect.not.stringContaining("secret") as string });
    expect(lines).toMatchObject([{ requestId: "r-1", err: { message: "/etc/secret is broken" } }]);
  });

  test("reaches the caller when it is a DeepaasError", async () => {
    await using host = await createHost({ models });
    await expect(host.predict("m", { how: "told" })).rejects.toMatchObject({
      code: "failed_precondition",
      message: "not now",
    });
  });
});

test("testModel is a warmed host in one line", async () => {
  await using model = await testModel({
    getPredictArgs: () => ({ x: Type.Number() }),
    predict: ({ x }: { x: number }) => x * 2,
    train: (_args: object, run: { report(progress: object): void }) => run.report({ step: 1 }),
  });
  expect(await model.predict({ x: 4 })).toBe(8);
  const { run, events } = await model.trained();
  expect(run.state).toBe("succeeded");
  expect(events.map(({ type }) => type)).toEqual(["queued", "started", "progress", "succeeded"]);
});

test("createHost without options says what it needs", async () => {
  for (const nothing of [undefined, null, "digits"]) {
    await expect(createHost(nothing as never)).rejects.toThrow(
      /createHost: the options are missing, such as createHost/,
    );
  }
});

test.each([[null], [[]], [5], [Promise.resolve({})]])("models must not be %o", async (models) => {
  await expect(createHost({ models } as never)).rejects.toThrow(
    "createHost: models must be an object of names and models, such as { digits: new Digits() }.",
  );
});

describe("an error of a model", () => {
  const errors: { readonly err?: unknown; readonly issues?: unknown }[] = [];
  const logger = { ...silentLogger, error: (fields: object) => void errors.push(fields) };
  const thrown = new RangeError("the original");
  const host = (model: Model) => createHost({ models: { m: model }, logger });
  const failing = () => {
    throw thrown;
  };
  const rejection = async (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error as DeepaasError,
    );
  afterEach(() => void errors.splice(0));

  test("is the cause of what a caller in this process gets, and is not in its data", async () => {
    await using failed = await host({ predict: failing, predictStream: failing, predictBatch: failing });
    const error = await rejection(failed.predict("m", {}));
    expect(error?.cause).toBe(thrown);
    expect(JSON.stringify([error, error?.toData()])).not.toContain("original");
    expect((await rejection(Array.fromAsync(failed.predictStream("m", {}))))?.cause).toBe(thrown);
    expect(errors.map(({ err }) => err)).toEqual([thrown, thrown]);
  });

  test("is the cause in testModel", async () => {
    await using model = await testModel({ predict: failing }, { logger });
    expect((await rejection(model.predict()))?.cause).toBe(thrown);
  });

  test("an invalid response has its issues in the log", async () => {
    await using bad = await host({ predict: () => ({ a: [Number.NaN] }) });
    expect((await rejection(bad.predict("m", {})))?.code).toBe("invalid_response");
    expect(errors).toMatchObject([{ issues: [{ pointer: "/a/0", message: "JSON has no NaN." }] }]);
  });

  test("that is the abort of the call is no error of the model", async () => {
    await using left = await host({
      predict: (_args, { signal }) => setTimeout(60_000, undefined, { signal }),
      async *predictStream(_args, { signal }) {
        yield 1;
        await setTimeout(60_000, undefined, { signal });
      },
    });
    const caller = new AbortController();
    const call = rejection(left.predict("m", {}, { signal: caller.signal }));
    const stream = left.predictStream("m", {}, { signal: caller.signal })[Symbol.asyncIterator]();
    await stream.next();
    const next = rejection(stream.next());
    caller.abort();
    expect([(await call)?.code, (await next)?.code]).toEqual(["cancelled", "cancelled"]);
    expect((await rejection(left.predict("m", {}, { timeoutMs: 1 })))?.code).toBe("deadline_exceeded");
    await left.close();
    expect(errors).toEqual([]);
  });

  test("a result without a JSON form is no error once the caller has left", async () => {
    await using left = await host({
      predict: (_args, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
    });
    const caller = new AbortController();
    const call = rejection(left.predict("m", {}, { signal: caller.signal }));
    await setTimeout(10);
    caller.abort();
    expect((await call)?.code).toBe("cancelled");
    await left.close();
    expect(errors).toEqual([]);
  });

  test("an abort of another signal is an error", async () => {
    await using other = await host({ predict: () => setTimeout(60_000, undefined, { signal: AbortSignal.abort() }) });
    expect((await rejection(other.predict("m", {})))?.code).toBe("internal");
    expect(errors).toHaveLength(1);
  });
});
