// The Python worker keeps to PROTOCOL.md.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelFile } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FromWorker, PredictMessage, ToWorker } from "./messages.ts";
import { isAlive, until } from "./testing/process-facts.ts";
import type { ProtocolWorker } from "./testing/protocol-worker.ts";
import {
  newPythonWorker,
  python,
  pythonModel,
  type StartedWorker,
  startPythonWorker,
  withPython,
} from "./testing/python-worker.ts";

const folder = mkdtempSync(join(tmpdir(), "deepaas-python-"));
afterAll(() => rmSync(folder, { recursive: true }));
const noteOf = (name: string) => join(folder, name);
const noted = (name: string) => until(() => readdirSync(folder).includes(name));
const bytes = (text: string) => new TextEncoder().encode(text);
const weights = (version: number, text: string) => ({ version, file: modelFile(bytes(text)) });

let id = 0;
const predictOf = (args: object, more: object = {}): PredictMessage =>
  ({
    type: "predict",
    id: ++id,
    model: "echo",
    requestId: "r",
    args: { do: "echo", accept: "*/*", ...args },
    ...more,
  }) as PredictMessage;

async function answer(worker: ProtocolWorker, args: object) {
  const message = await worker.ask(predictOf(args));
  if (message.type !== "outcome") throw new Error(JSON.stringify(message));
  return message.outcome;
}

async function value(worker: ProtocolWorker, args: object): Promise<unknown> {
  const outcome = await answer(worker, args);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
  return outcome.value;
}

describe.skipIf(python === undefined)(`the Python worker${withPython}`, () => {
  let worker: ProtocolWorker;
  let ready: StartedWorker["ready"];
  beforeAll(async () => {
    ({ worker, ready } = await startPythonWorker("echo"));
  });

  test("ready carries what the model declares", () => {
    expect(ready).toMatchObject({ protocol: 1, takesAhead: true, rssBytes: expect.any(Number) });
    expect(ready.models.echo).toMatchObject({
      metadata: { name: "echo", author: ["A", "B"] },
      predictFields: { do: { type: "string", default: "echo" } },
      trainFields: { do: { type: "string", default: "report" } },
      has: { predict: true, predictBatch: true, predictStream: true, train: true, reload: true },
      resume: "auto",
      shippedMetrics: { accuracy: 0.5 },
    });
  });

  test("predicts run in the main thread, and signals of others do not interrupt them", async () => {
    expect(await value(worker, { do: "thread" })).toBe(true);
    expect(await value(worker, { do: "signal" })).toBe("alive");
  });

  test("values of Python become JSON", async () => {
    expect(await value(worker, {})).toEqual(["accept", "do"]);
    expect(await value(worker, { do: "values" })).toEqual({
      1: [0.5, [null, true]],
      null: "/a",
      é: "\ud83d",
      set: [1],
    });
    expect(await value(worker, { do: "generator" })).toEqual([0, 1, 2]);
  });

  test.each([
    ["nan", "/a/1", "NaN and Infinity have no JSON form."],
    ["complex", "/a~1b", "A value of type complex has no JSON form."],
    ["missing", "", "The model returned the path of a file that does not exist: result.png"],
  ])("%s is refused with its place", async (what, pointer, message) => {
    const issues = [{ pointer, rule: "json", message }];
    expect(await answer(worker, { do: what })).toMatchObject({
      ok: false,
      error: { code: "invalid_response", issues },
    });
  });

  test.each([
    ["bytes", "application/octet-stream", undefined, 2],
    ["large", "application/octet-stream", undefined, 100_000],
    ["bytesio", "application/octet-stream", undefined, 7],
    ["named", "application/octet-stream", "result.bin", 7],
    ["open", "text/csv", /\.csv$/, 4],
    ["path", "text/x-python", /^echo\.py$/, undefined],
  ])("%s becomes a file", async (what, contentType, name, size) => {
    const file = (await value(worker, { do: what })) as ReturnType<typeof modelFile>;
    expect(file.contentType).toBe(contentType);
    if (name) expect(file.originalFilename).toMatch(name);
    const content = await file.bytes();
    if (size !== undefined) expect(content.byteLength).toBe(size);
    // A copy, so that the model may remove its file.
    if (file.path !== undefined) expect(file.path.startsWith(worker.folder)).toBe(true);
  });

  test("the media type that the caller asked for is the one of the file, or of the text", async () => {
    const accept = "image/png";
    expect(await value(worker, { do: "open", accept })).toMatchObject({ contentType: accept });
    const file = (await value(worker, { do: "text", accept })) as ReturnType<typeof modelFile>;
    expect([file.contentType, await file.text()]).toEqual([accept, "é"]);
    expect(await value(worker, { do: "text" })).toBe("é");
    for (const range of ["audio/*", "text/*"]) {
      expect(await value(worker, { do: "open", accept: range })).toMatchObject({ contentType: range });
      expect(await value(worker, { do: "bytes", accept: range })).toMatchObject({ contentType: range });
    }
  });

  test("files arrive as UploadedFile, and are removed after the call", async () => {
    const about = { contentType: "image/png", originalFilename: "a.png" };
    const file = modelFile(bytes("small"), about);
    const files = [modelFile(bytes("x".repeat(100_000))), modelFile(bytes("second"))];
    const octets = "application/octet-stream";
    const written = () => readdirSync(worker.folder).filter((name) => name.startsWith("py-"));
    const before = written();
    expect(await value(worker, { do: "described", file, files })).toEqual([
      {
        name: "file",
        content_type: "image/png",
        original_filename: "a.png",
        size: 5,
        head: "smal",
        class: "UploadedFile",
      },
      {
        name: "files",
        content_type: octets,
        original_filename: "",
        size: 100_000,
        head: "xxxx",
        class: "UploadedFile",
      },
      { name: "files", content_type: octets, original_filename: "", size: 6, head: "seco", class: "UploadedFile" },
    ]);
    expect(written()).toEqual(before);
  });

  test("errors: what the model means reaches the caller, anything else is logged", async () => {
    const internal = { code: "internal", message: "The model failed. See the server's log." };
    worker.logged.length = 0;
    for (const what of ["raise", "exit", "interrupt", "unreadable"]) {
      expect(await answer(worker, { do: what })).toEqual({ ok: false, error: internal });
    }
    expect(worker.logged.map(({ error }) => [error?.name, error?.message])).toEqual([
      ["ValueError", "boom"],
      ["SystemExit", "3"],
      ["KeyboardInterrupt", "KeyboardInterrupt"],
      ["Unreadable", "Unreadable"],
    ]);
    expect(worker.logged[0]?.error?.stack).toMatch(
      /^Traceback[^\n]*\n {2}File "[^"]*echo\.py"[\s\S]*ValueError: boom\n$/,
    );
    expect(await answer(worker, { do: "http" })).toEqual({
      ok: false,
      error: { code: "already_exists", message: "no such label", status: 409 },
    });
    expect(worker.logged).toHaveLength(4);
  });

  test.each(["sleep", "spin"])("an abort interrupts %s, and the worker goes on", async (what) => {
    const message = predictOf({ do: what, note: noteOf(what) });
    await worker.send(message);
    await noted(what);
    const error = { code: "cancelled", message: "The caller left." } as const;
    expect(await worker.ask({ type: "abort", id: message.id, error })).toMatchObject({
      type: "outcome",
      id: message.id,
      outcome: { ok: false, error },
    });
    expect(await value(worker, {})).toEqual(["accept", "do"]);
  });

  test("predicts sent ahead begin one after the other, and an abort of one that has not begun is answered at once", async () => {
    const running = predictOf({ do: "sleep", note: noteOf("ahead") });
    await worker.send(running);
    await noted("ahead");
    const [second, third, fourth] = [1, 2, 3].map(() => predictOf({}, { ahead: true }));
    for (const one of [second, third, fourth]) await worker.send(one as ToWorker);
    const error = { code: "cancelled", message: "left" } as const;
    const abort = (one: PredictMessage | undefined) => ({ type: "abort", id: one?.id as number, error }) as const;
    expect(await worker.ask(abort(third))).toMatchObject({ type: "outcome", id: third?.id, outcome: { error } });
    expect(await worker.ask(abort(running))).toMatchObject({ type: "outcome", id: running.id });
    const rest: FromWorker[] = [];
    while (rest.length < 4) rest.push(await worker.next());
    expect(rest).toMatchObject([
      { type: "begun", id: second?.id },
      { type: "outcome", id: second?.id, outcome: { ok: true } },
      { type: "begun", id: fourth?.id },
      { type: "outcome", id: fourth?.id, outcome: { ok: true } },
    ]);
  });

  test("a batch: an exception as a result fails its call alone", async () => {
    const args = (what: string) => ({ do: what, accept: "*/*" });
    const argsList = [args("echo"), args("raise"), args("bytes"), args("nan")];
    const message = await worker.ask({
      type: "predictBatch",
      id: ++id,
      model: "echo",
      requestId: "r",
      callers: [],
      argsList,
    });
    expect(message).toMatchObject({
      type: "outcomes",
      version: 0,
      outcomes: [
        { ok: true, value: ["accept", "do"] },
        { ok: false, error: { code: "internal" } },
        { ok: true, value: { contentType: "application/octet-stream" } },
        { ok: false, error: { code: "invalid_response" } },
      ],
    });
  });

  test("a stream: items, the end, an error, and a return during an item", async () => {
    const open = async (args: object) => {
      await worker.send({ ...predictOf(args), type: "stream" });
      return id;
    };
    const first = await open({});
    const next = (of: number) => worker.ask({ type: "next", id: of });
    for (const i of [0, 1, 2])
      expect(await next(first)).toMatchObject({ type: "item", outcome: { value: { i } }, version: 0 });
    expect(await next(first)).toEqual({ type: "end", id: first });
    const failing = await open({ do: "raise" });
    await next(failing);
    expect(await next(failing)).toMatchObject({ type: "item", outcome: { ok: false, error: { code: "internal" } } });
    expect(await worker.ask({ type: "return", id: failing })).toEqual({ type: "end", id: failing });
    const sleeping = await open({ do: "sleep", note: noteOf("stream") });
    await next(sleeping);
    await worker.send({ type: "next", id: sleeping });
    await noted("stream");
    expect(await worker.ask({ type: "return", id: sleeping })).toMatchObject({ type: "item", outcome: { ok: false } });
    expect(await worker.next()).toEqual({ type: "end", id: sleeping });
  });

  test("every answer carries the version of the weights, which reload changes", async () => {
    const reload = (to: ReturnType<typeof weights> | null) =>
      worker.ask({ type: "reload", id: ++id, model: "echo", weights: to });
    expect(await reload(weights(7, "seven"))).toMatchObject({ outcome: { ok: true, value: null }, version: 7 });
    expect(await worker.ask(predictOf({ do: "loaded" }))).toMatchObject({ outcome: { value: "seven" }, version: 7 });
    expect(await reload(weights(8, "broken"))).toMatchObject({
      outcome: { ok: false, error: { message: "the file has no weights" } },
      version: 7,
    });
    expect(await reload(null)).toMatchObject({ version: 0 });
    expect(await value(worker, { do: "loaded" })).toBe("shipped");
  });

  test("messages of an unknown type and about an unknown id are ignored", async () => {
    await worker.send({ type: "later", id: 1 } as unknown as ToWorker);
    for (const type of ["next", "return"] as const) await worker.send({ type, id: 99_999 });
    await worker.send({ type: "saved", id: 99_999, n: 1 });
    await worker.send({ type: "abort", id: 99_999, error: { code: "cancelled", message: "" } });
    expect(await value(worker, {})).toEqual(["accept", "do"]);
  });
});

describe.skipIf(python === undefined).concurrent(`a Python worker of its own${withPython}`, () => {
  const trainOf = (args: object, more: object = {}) =>
    ({ type: "train", id: 1, model: "echo", runId: "run", attempt: 1, args, resumeFrom: null, ...more }) as ToWorker;

  test("a training reports, prints and saves", async () => {
    const { worker } = await startPythonWorker("echo", { weights: { echo: weights(2, "two") } });
    const resumeFrom = { step: 1, data: { epoch: 4 } };
    expect(await worker.ask(trainOf({ do: "report" }, { resumeFrom }))).toEqual({
      type: "report",
      id: 1,
      progress: { type: "progress", step: 5, total: 2, metrics: { loss: "NaN", accuracy: 0.5 } },
    });
    expect(await worker.next()).toEqual({ type: "log", id: 1, text: "a line", level: "warning" });
    expect(await worker.next()).toMatchObject({
      type: "log",
      text: "The result's number at /loss was not finite and became null.",
    });
    expect(await worker.next()).toEqual({
      type: "outcome",
      id: 1,
      outcome: { ok: true, value: { start: 4, loss: null } },
    });
    // It comes through another pipe.
    await until(() => worker.printed.includes("printed\n"));

    const saves = [
      { n: 1, what: "checkpoint", step: 3, data: { epoch: 3 }, file: { size: 7 } },
      { n: 2, what: "artifact", name: "plot.png", file: { contentType: "image/png" } },
      { n: 3, what: "publish", options: {}, file: {} },
    ];
    await worker.send(trainOf({ do: "save" }));
    for (const save of saves) {
      expect(await worker.next()).toMatchObject({ type: "save", id: 1, ...save });
      if (save.n < 3) await worker.send({ type: "saved", id: 1, n: save.n });
    }
    const error = { code: "invalid_args", message: "no promotion" } as const;
    expect(await worker.ask({ type: "saved", id: 1, n: 3, error })).toMatchObject({ outcome: { ok: false, error } });
    expect(await worker.close()).toBe("exited with code 0");
    expect(worker.printed).toContain("closed\n");
  });

  test("a training fails with its message, without folders", async () => {
    const { worker } = await startPythonWorker("echo");
    const failed = (message: string) => ({
      type: "outcome",
      outcome: { ok: false, error: { code: "internal", message } },
    });
    expect(await worker.ask(trainOf({ do: "raise" }))).toMatchObject(failed("no data in echo.py"));
    expect(await worker.ask(trainOf({ do: "exit" }))).toMatchObject(failed("The training called sys.exit('no data')."));
  });

  test("an abort of a training is a KeyboardInterrupt, which it may answer with success; predicts run beside it", async () => {
    const { worker } = await startPythonWorker("echo");
    const error = { code: "cancelled", message: "Cancelled." } as const;
    await worker.send(trainOf({ do: "wait", note: noteOf("wait") }));
    await noted("wait");
    id = 1_000;
    expect(await value(worker, { do: "thread" })).toBe(false);
    const spinning = predictOf({ do: "spin", note: noteOf("beside") });
    await worker.send(spinning);
    await noted("beside");
    expect(await worker.ask({ type: "abort", id: spinning.id, error })).toMatchObject({
      id: spinning.id,
      outcome: { error },
    });
    expect(await worker.ask({ type: "abort", id: 1, error })).toMatchObject({ id: 1, outcome: { ok: false, error } });
    expect(await value(worker, { do: "thread" })).toBe(true);
    await worker.send(trainOf({ do: "stop", note: noteOf("stop") }));
    await noted("stop");
    expect(await worker.ask({ type: "abort", id: 1, error })).toMatchObject({
      outcome: { ok: true, value: "stopped: True" },
    });
  });

  test("an abort of a training beside another one is a KeyboardInterrupt, too, also while it reports", async () => {
    const { worker } = await startPythonWorker("echo");
    await worker.send(trainOf({ do: "stop", note: noteOf("first") }));
    await noted("first");
    const error = { code: "cancelled", message: "Cancelled." } as const;
    for (let n = 2; n < 7; n++) {
      const begun = await worker.ask(trainOf({ do: "loop" }, { id: n, runId: `run ${n}` }));
      expect(begun).toMatchObject({ type: "log", id: n, text: "begun" });
      await worker.send({ type: "abort", id: n, error });
      let last: FromWorker;
      do last = await worker.next();
      while (last.type === "report");
      expect(last).toEqual({ type: "outcome", id: n, outcome: { ok: false, error } });
    }
    expect(await worker.ask({ type: "abort", id: 1, error })).toMatchObject({ outcome: { value: "stopped: True" } });
  });

  test("loaded lists the files of the models, before ready", async () => {
    await using worker = newPythonWorker(pythonModel("echo"));
    const models = { echo: pythonModel("echo") };
    const start = { type: "start", protocol: 1, models, weights: {}, reportFiles: true } as const;
    const loaded = await worker.ask(start);
    if (loaded.type !== "loaded") throw new Error(JSON.stringify(loaded));
    expect(Object.keys(loaded.models.echo ?? {})).toEqual([models.echo]);
    expect((await worker.next()).type).toBe("ready");
  });

  test("the worker and what it started end with the server, and the shared folder with them", async () => {
    const { worker } = await startPythonWorker("echo");
    worker.closeLifeline();
    await worker.exited;
    await until(() => !isAlive(worker.pid));
    expect(() => readdirSync(worker.folder)).toThrow("ENOENT");
  });
});
