// What `deepaas check` does with sound models, its options, and models that hang. planted-faults.test.ts has the others.
import { describe, expect, test } from "vitest";
import { args, checked, faults, returns } from "../testing/checked-model.ts";
import { checkExitCode, checkJson, checkTable } from "./check-report.ts";

const good = `
${args(`{
  n: { type: "integer", minimum: 0, maximum: 10, description: "how many" },
  kind: { type: "string", enum: ["a", "b"], default: "a" },
  note: { type: "string", required: false },
  list: { type: "array", items: { type: "number" }, minItems: 3 },
  image: { type: "string", format: "binary", contentMediaType: "image/png" },
}`)}
export const schema = { sum: { type: "number" }, kind: { type: "string" }, note: { type: ["string", "null"] }, bytes: { type: "integer" } };
export async function warm() { await Promise.resolve(); }
export async function predict({ n, kind, note, list, image }) {
  const bytes = await image.bytes();
  if (bytes[1] !== 0x50) throw new Error("not a PNG");
  return { sum: list.reduce((a, b) => a + b, n), kind, note: note ?? null, bytes: bytes.length };
}
export const getTrainArgs = () => ({ epochs: { type: "integer", default: 1_000_000 } });
export async function train({ epochs }, run) {
  for (let step = 1; step <= epochs; step++) {
    run.signal.throwIfAborted();
    run.report({ step, total: epochs });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return {};
}`;

test("a sound model has no error and no warning", async () => {
  const result = await checked(good);
  expect(faults(result)).toEqual([]);
  const oks = result.findings.filter(({ status }) => status === "ok").map(({ check }) => check);
  expect(oks.sort()).toEqual(
    [
      ...["arguments", "contract", "examples", "fields", "import", "isolation", "memory", "metadata"],
      ...["predict", "result", "schema", "train", "warm", "worker"],
    ].sort(),
  );
  expect(checkExitCode(result, { strict: true })).toBe(0);
});

describe("it finds", () => {
  test("a training that does not stop", async () => {
    const code = `${returns} export async function train(_args, run) { run.report({ step: 1 }); await new Promise((r) => setTimeout(r, 1e6)); }`;
    const result = await checked(code, { timeoutMs: 5_000, startMs: 60_000, predict: false });
    expect(faults(result)).toEqual(["error train train: did not stop within 5.0 s after it was cancelled"]);
  });

  test("a predict that does not return", async () => {
    const result = await checked(
      "export const predict = (_args, { signal }) => new Promise(() => signal.onabort = () => {});",
      { timeoutMs: 1_000, startMs: 60_000 },
    );
    expect(faults(result)).toEqual(["error predict predict: did not return in time with the example arguments"]);
  });

  test("a warm that blocks", async () => {
    const result = await checked(`${returns} export const warm = () => { for (;;); };`, {
      timeoutMs: 60_000,
      startMs: 8_000,
    });
    expect(faults(result)).toEqual(["error warm warm: it did not finish within 8.0 s"]);
  });
});

test("a model that streams is called as a stream", async () => {
  const result = await checked(
    `${args("{ n: { type: 'integer' } }")} export async function* predictStream({ n }) { yield n; throw new Error("half way"); }`,
  );
  expect(faults(result)).toEqual([
    expect.stringMatching(/^error predict predict: failed with the example arguments: half way/),
  ]);
});

test("a model with predictBatch alone is called in batches", async () => {
  const sound = `${args("{ text: { type: 'string' } }")} export const predictBatch = (list) => list.map(({ text }) => text);`;
  expect(faults(await checked(sound))).toEqual([]);
  const mixed = `${args("{ text: { type: 'string' } }")} export const predictBatch = (list) => list.map(({ text }) => text).reverse();`;
  expect(faults(await checked(mixed))).toEqual([
    expect.stringMatching(/^error isolation predict: a result has the text of another call$/),
  ]);
});

test("arguments that are given replace the generated ones", async () => {
  const code = `${args("{ n: { type: 'integer' } }")} export const predict = ({ n }) => { if (n !== 17) throw new Error("not 17"); return n; };`;
  expect(faults(await checked(code, { args: { n: 17 } })).filter((line) => line.includes("the example"))).toEqual([]);
  await expect(checked(code, { args: { n: "x" } })).rejects.toMatchObject({
    code: "invalid_args",
    message: "--args: /n: Must be integer.",
  });
  await expect(checked(code, { args: { m: 1, n: 1 } })).rejects.toThrow("--args: /m: Is not known here.");
});

test("of arguments that cannot be given together one is", async () => {
  const code = `import { DeepaasError } from "@deepaas/core";
    ${args("{ path: { type: 'string', required: false }, text: { type: 'string', required: false } }")}
    export const predict = ({ path, text }) => {
      if ((path === undefined) === (text === undefined)) throw new DeepaasError("invalid_args", "give a path or a text");
      return path ?? text;
    };`;
  expect(faults(await checked(code))).toEqual([]);
});

test("a model that sends messages does not answer in the place of the command", async () => {
  expect(faults(await checked(`process.send?.("ready"); ${returns}`))).toEqual([]);
});

test("a field without a valid example is a warning that says so, and predict is not called", async () => {
  const result = await checked(
    `${args("{ n: { type: 'integer', minimum: 2, maximum: 1 } }")} export const predict = () => process.exit(1);`,
  );
  expect(faults(result)).toEqual(["warning predict getPredictArgs /n: no value was found that the field allows"]);
});

test("what is not wanted or cannot be done is skipped", async () => {
  const { findings } = await checked(good, { predict: false, train: false });
  expect(
    findings.filter(({ status }) => status === "skipped").map(({ check, message }) => `${check}: ${message}`),
  ).toEqual(["predict: --no-predict", "train: --no-train"]);
});

test("the report has a line for each finding, the object has them all, and the exit code follows", async () => {
  const result = await checked(`${returns} export const getTrainArgs = () => ({});`, { predict: false });
  const [title, ...lines] = checkTable(result).trimEnd().split("\n");
  expect(title?.split(/ {2,}/)).toEqual(["Result", "Check", "Place", "Finding"]);
  expect(lines).toHaveLength(result.findings.length + 1);
  expect(lines.at(-1)).toBe("0 errors, 1 warning");
  expect(lines.find((line) => line.startsWith("warning"))).toMatch(
    /contract +getTrainArgs +it has no effect without train; add train, or remove getTrainArgs$/,
  );
  expect(JSON.parse(checkJson(result))).toMatchObject({
    model: "m",
    ok: true,
    errors: 0,
    warnings: 1,
    checks: result.findings,
  });
  expect([checkExitCode(result, { strict: false }), checkExitCode(result, { strict: true })]).toEqual([0, 1]);
});
