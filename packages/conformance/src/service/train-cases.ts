import assert from "node:assert/strict";
import { modelFile, type Run } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { typesOf } from "../run-log.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, only, reached, startTraining, trained } from "./training.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

export const trainCases: readonly ServiceDraft[] = [
  {
    title: "train returns a run with its arguments, whose result is that of the model",
    cites: ["train.run", "train.result", "run.record", "log.dense"],
    models: ["echo"],
    async run({ service }) {
      const started = await service.train("echo", { text: "x", other: 1 });
      assert.match(started.id, /^[0-9a-f]{32}$/);
      assert.equal(started.model, "echo");
      assert.deepEqual(started.args, { text: "x", count: 3, tags: [] });
      assert.ok(started.lastSeq >= 1);
      const { run, events } = await ended(service, started.id);
      assert.deepEqual(typesOf(events), ["queued", "started", "succeeded"]);
      assert.equal(run.state, "succeeded");
      assert.equal(run.attempt, 1);
      assert.deepEqual(run.result, { text: "x", count: 3, tags: [] });
      const times = [run.createdAt, run.startedAt as string, run.endedAt as string];
      for (const time of times) assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      assert.deepEqual([...times].sort(), times);
    },
  },
  {
    title: "a run has the id that its caller chose; an invalid id is refused",
    cites: ["train.id"],
    models: ["trainer"],
    async run({ service }) {
      for (const runId of ["a", "A-b_9", "x".repeat(64)])
        assert.equal((await startTraining(service, {}, { runId })).id, runId);
      for (const runId of ["x".repeat(65), "a b", "a/b", "ä", "a.b", "a\n"]) {
        await rejection(service.train("trainer", {}, { runId }), "invalid_args");
      }
      assert.equal((await service.runs()).items.length, 3);
    },
  },
  {
    title: "the same id and arguments return the same run, also at the same time and after its end",
    cites: ["train.idempotent"],
    models: ["trainer"],
    async run({ service, control }) {
      const args = { control: control.id, script: [{ do: "note", name: "ran" }] } as const;
      const start = () => startTraining(service, args, { runId: "one" });
      const runs = await Promise.all([start(), start(), start()]);
      assert.deepEqual(new Set(runs.map(({ id }) => id)), new Set(["one"]));
      assert.equal(new Set(runs.map(({ createdAt }) => createdAt)).size, 1);
      const { run } = await ended(service, "one");
      assert.deepEqual(await start(), run);
      assert.equal((await control.notes("ran")).length, 1, "the training ran once");
      assert.equal((await service.runs()).items.length, 1);
    },
  },
  {
    title: "the same id with other arguments, or another model, rejects already_exists",
    cites: ["train.taken"],
    models: ["echo", "trainer"],
    async run({ service }) {
      const start = (args: object) => service.train("echo", args, { runId: "taken" });
      const args = { text: "x", secret: "s", login: { user: "u", password: "p" }, files: [bytes("f")] };
      await start(args);
      await start({ ...args, count: 3 });
      const others = [
        { ...args, text: "y" },
        { ...args, secret: "t" },
        { ...args, login: { user: "u", password: "q" } },
        { ...args, files: [bytes("g")] },
        { ...args, files: [bytes("f"), bytes("f")] },
        { text: "x" },
      ];
      for (const other of others) await rejection(start(other), "already_exists");
      await rejection(service.train("trainer", {}, { runId: "taken" }), "already_exists");
      const { run } = await ended(service, "taken");
      assert.equal(run.state, "succeeded", "the existing run keeps its files");
      await rejection(start({ ...args, text: "y" }), "already_exists");
      assert.deepEqual(await start(args), run);
    },
  },
  {
    title: "a training beyond queuedRuns rejects overloaded with retryAfterMs; the same run again does not",
    cites: ["train.overloaded"],
    needs: ["limits"],
    models: ["trainer"],
    options: { limits: { queuedRuns: 1 } },
    async run({ service, control }) {
      const args = { control: control.id, script: [{ do: "gate", name: "go" }] } as const;
      await startTraining(service, args, { runId: "running" });
      await reached(service, "running", "started");
      await startTraining(service, args, { runId: "waiting" });
      const { retryAfterMs } = await rejection(startTraining(service, args, { runId: "refused" }), "overloaded");
      assert.ok(Number.isInteger(retryAfterMs) && (retryAfterMs as number) > 0);
      assert.equal((await startTraining(service, args, { runId: "waiting" })).state, "queued");
      await rejection(service.run("refused"), "not_found");
      await service.cancel("waiting");
      await startTraining(service, args, { runId: "next" });
      await control.open("go");
      for (const id of ["running", "next"]) assert.equal((await ended(service, id)).run.state, "succeeded");
    },
  },
  {
    title: "secrets are masked in the run, also nested ones, and reach the model as plain text",
    cites: ["train.secrets"],
    models: ["echo"],
    async run({ service }) {
      const args = { text: "x", secret: "s3cret", login: { user: "me", password: "s3cret" } };
      const started = await service.train("echo", args);
      const shown = [started, await service.run(started.id), ...(await service.runs()).items].map((run: Run) =>
        JSON.stringify(run.args),
      );
      for (const text of shown) {
        assert.ok(!text.includes("s3cret"), text);
        assert.ok(text.includes("secret") && text.includes('"user":"me"'), text);
      }
      const { run } = await ended(service, started.id);
      assert.deepEqual(run.result, { ...args, count: 3, tags: [] }, "a result of the model is not masked");
    },
  },
  {
    title: "files are described in the run and reach the model, also streams",
    cites: ["train.files"],
    models: ["echo"],
    async run({ service }) {
      const named = modelFile(bytes("one"), { contentType: "text/x-one", originalFilename: "one.txt" });
      const streamed = modelFile(new Blob([bytes("two")]).stream(), { contentType: "text/x-two" });
      const started = await service.train("echo", { text: "x", file: streamed, files: [named, bytes("three")] });
      const { file, files } = started.args as { file: object; files: object[] };
      assert.deepEqual(files[0], { originalFilename: "one.txt", contentType: "text/x-one", size: 3 });
      assert.equal((file as { contentType: string }).contentType, "text/x-two");
      assert.ok(!JSON.stringify(started.args).includes("dHdv"), "the record does not have the content");
      const { run } = await ended(service, started.id);
      const result = run.result as { file: { text: string }; files: { text: string; contentType: string }[] };
      assert.equal(result.file.text, "two");
      assert.deepEqual(
        result.files.map(({ text }) => text),
        ["one", "three"],
      );
      assert.equal(result.files[0]?.contentType, "text/x-one");
    },
  },
  {
    title: "NaN and the infinities in the result become null, with a warning in the log",
    cites: ["train.not-finite"],
    models: ["trainer"],
    async run({ service }) {
      const value = { loss: "NaN", best: ["Infinity", 1], name: "n" };
      const { run, events } = await trained(service, { script: [{ do: "return", value }] });
      assert.deepEqual(run.result, { loss: null, best: [null, 1], name: "n" });
      const warnings = only(events, "log").filter(({ level }) => level === "warning");
      assert.equal(warnings.length, 2);
      for (const pointer of ["/loss", "/best/0"])
        assert.ok(
          warnings.some(({ text }) => text.includes(pointer)),
          pointer,
        );
    },
  },
  {
    title: "a result without a JSON form fails the run with invalid_response",
    cites: ["train.not-json"],
    models: ["failing"],
    async run({ service }) {
      for (const how of ["cyclic", "bigint", "function", "map"]) {
        const { id } = await service.train("failing", { how });
        const { run } = await ended(service, id);
        assert.equal(run.state, "failed");
        assert.equal(run.error?.code, "invalid_response", how);
      }
    },
  },
  {
    title: "a training that throws fails the run: with the code of a DeepaasError, or internal and the message",
    cites: ["train.throws"],
    models: ["trainer"],
    async run({ service }) {
      const first = await trained(service, {
        script: [
          { do: "report", step: 1 },
          { do: "throw", message: "no memory\nin here" },
        ],
      });
      assert.deepEqual(typesOf(first.events), ["queued", "started", "progress", "failed"]);
      assert.equal(first.run.error?.code, "internal");
      assert.match(first.run.error?.message ?? "", /no memory/);
      const own = await trained(service, {
        script: [{ do: "throw", message: "No data.", code: "failed_precondition" }],
      });
      assert.deepEqual(own.run.error, { code: "failed_precondition", message: "No data." });
      assert.equal((await trained(service, {})).run.state, "succeeded", "the next run succeeds");
    },
  },
];
