// Models with a planted fault each, and the line that names it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Checked, type CheckOptions, checkModel } from "./check-model.ts";
import { checkExitCode, checkJson, checkTable } from "./check-report.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "deepaas-check-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metadata = `export const getMetadata = () => ({ description: "d", author: "a", license: "MIT" });`;
const args = (fields: string) => `export const getPredictArgs = () => (${fields});`;
const sleep = "const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));";

let count = 0;
async function checked(code: string, options: Partial<CheckOptions> = {}): Promise<Checked> {
  const path = join(folder, `m${count++}.mjs`);
  writeFileSync(path, code.includes("getMetadata") ? code : `${metadata}\n${code}`);
  return checkModel(
    { name: "m", path },
    { timeoutMs: 60_000, predict: true, train: true, onStep: () => {}, ...options },
  );
}

/** Everything that is not well: `error fields getPredictArgs /n/type: …`. */
function faults({ findings }: Checked): readonly string[] {
  return findings
    .filter(({ status }) => status === "error" || status === "warning")
    .map(({ status, check, place, message }) => `${status} ${check} ${place}: ${message}`);
}

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

const returns = "export const predict = () => ({});";

/** The first line of each is the fault; the others are its only further ones. */
const planted: readonly (readonly [title: string, code: string, ...lines: readonly (string | RegExp)[]])[] = [
  [
    "a module that throws",
    `throw new Error("no weights");`,
    /^error import : .*m\d+\.mjs:2: import failed: no weights$/,
  ],
  [
    "a module that never finishes",
    "await new Promise(() => {});",
    "error import : it never finished: it awaits a promise that nothing can settle",
  ],
  ["a module that ends its process", "process.exit(3);", "error import : it ended its process: exit code 3"],
  [
    "a module that kills its process",
    `process.kill(process.pid, "SIGKILL");`,
    "error import : it ended its process: killed by SIGKILL",
  ],
  [
    "a module that works for long when it is imported",
    `for (let sum = 0, used = 0; used < 2_600_000; ) { for (let i = 0; i < 1e6; i++) sum += i; const { user, system } = process.cpuUsage(); used = user + system; } ${returns}`,
    /^warning import : not cheap: /,
  ],
  [
    "a module that prints",
    `console.log("hello\\nworld"); ${returns}`,
    "warning output : prints 2 lines on stdout while it is imported: hello",
  ],
  ["a misspelt member", `export const predct = () => 1;`, /^error contract predct: .*did you mean predict\?$/],
  [
    "a misspelt member beside a right one",
    `${returns} export const getPredictArg = () => ({});`,
    /^error contract getPredictArg: .*did you mean getPredictArgs\?$/,
  ],
  [
    "a member of the wrong type",
    `${returns} export const warm = 1;`,
    /^error contract warm: .*its warm must be a function, not number$/,
  ],
  ["a module without a model", "export const weights = [];", /^error contract : .*it has none of predict/],
  [
    "a class whose constructor fails",
    "export default class { constructor() { throw new Error('no'); } predict() {} }",
    /^error contract : .*its constructor failed: no$/,
  ],
  [
    "an unknown value of resume",
    `${returns} export const resume = "always";`,
    'error contract resume: must be "auto" or "never", not "always"',
  ],
  ["an unknown rule of promotion", `${returns} export const promote = "sometimes";`, /^error contract promote: /],
  [
    "metrics that are no numbers",
    `${returns} export const shippedMetrics = { loss: "low" };`,
    "error contract shippedMetrics /loss: must be a finite number",
  ],
  [
    "fields of train without train",
    `${returns} export const getTrainArgs = () => ({});`,
    "warning contract getTrainArgs: it has no effect without train",
  ],
  [
    "a warm that fails",
    `${returns} export const warm = () => { throw new Error("no device"); };`,
    "error warm warm: no device",
  ],
  [
    "a warm that never finishes",
    `${returns} export const warm = () => new Promise(() => {});`,
    "error warm warm: it never finished: it awaits a promise that nothing can settle",
  ],
  [
    "a warm that prints",
    `${returns} export const warm = () => console.log("loaded");`,
    "warning output : prints a line on stdout in warm: loaded",
  ],
  [
    "no metadata",
    `export const getMetadata = () => ({ author: " " }); ${returns}`,
    "warning metadata getMetadata /description: the model has no description",
    "warning metadata getMetadata /author: the model has no author",
    "warning metadata getMetadata /license: the model has no license",
  ],
  [
    "metadata that fail",
    `export const getMetadata = () => { throw new Error("no file"); }; ${returns}`,
    "error metadata getMetadata: it failed: no file",
  ],
  [
    "two fields with a wrong type",
    `${args(`{ n: { type: "int" }, text: { type: "string" }, m: { type: "list" } }`)} ${returns}`,
    /^error fields getPredictArgs \/n\/type: "int" is not a type of JSON Schema.*did you mean integer\?$/,
    /^error fields getPredictArgs \/m\/type: "list" is not a type/,
  ],
  [
    "fields that fail",
    `export const getPredictArgs = () => { throw new Error("too early"); }; ${returns}`,
    "error fields getPredictArgs: it failed: too early",
  ],
  [
    "fields that are a promise",
    `export const getPredictArgs = async () => ({}); ${returns}`,
    /^error fields getPredictArgs: the fields are a promise/,
  ],
  [
    "a schema that is not plain JSON",
    `${args("{ n: { type: 'integer', check: () => true } }")} ${returns}`,
    /^error fields getPredictArgs \/n\/check: a schema is plain JSON/,
  ],
  [
    "a pattern that cannot be matched in linear time",
    `${args("{ n: { type: 'string', pattern: '(?=a)b' } }")} ${returns}`,
    /^error fields getPredictArgs \/n\/pattern: the pattern cannot be matched in linear time/,
  ],
  [
    "an unknown format",
    `${args("{ n: { type: 'string', format: 'colour' } }")} ${returns}`,
    'error fields getPredictArgs /n/format: the format "colour" is not known',
  ],
  [
    "a default that its schema refuses",
    `${args("{ n: { type: 'integer', default: 'x' } }")} ${returns}`,
    /^error fields getPredictArgs \/n\/default: the default does not fit its own schema/,
  ],
  [
    "an example that its schema refuses",
    `${args("{ n: { type: 'integer', examples: [1, 'x'] } }")} ${returns}`,
    /^error examples getPredictArgs \/n\/examples\/1: the example does not fit its own schema: Must be integer/,
  ],
  [
    "a default inside of an argument that its schema refuses",
    `${args("{ o: { type: 'object', properties: { n: { type: 'integer', default: 0.5 } } } }")} ${returns}`,
    /^error examples getPredictArgs \/o\/properties\/n\/default: the default does not fit/,
    "warning predict predict: the call is refused with the example arguments: /o/n: Must be integer.",
  ],
  [
    "a schema of the result with a wrong type",
    `${returns} export const schema = { a: { type: "float" } };`,
    /^error schema schema \/a\/type: "float" is not a type/,
  ],
  [
    "a predict that fails",
    `${args("{ n: { type: 'integer' } }")} export const predict = ({ n }) => n.text.length;`,
    /^error predict predict: failed with the example arguments: TypeError: .* \(m\d+\.mjs:2\)$/,
  ],
  [
    "a predict that fails at a limit",
    `${args("{ n: { type: 'integer', minimum: 0, maximum: 4 } }")} export const predict = ({ n }) => { if (n === 4) throw new RangeError("too many"); return n; };`,
    /^error predict predict \/n: failed with \/n = 4 \(its maximum\): RangeError: too many \(m\d+\.mjs:2\)$/,
  ],
  [
    "a predict that fails for a choice",
    `${args("{ k: { enum: ['a', 'b'] } }")} export const predict = ({ k }) => ({ a: 1 })[k].toFixed();`,
    /^error predict predict \/k: failed with \/k = "b" \(a choice\): TypeError/,
  ],
  [
    "a predict that needs an optional argument",
    `${args("{ k: { type: 'string', required: false } }")} export const predict = ({ k }) => k.length;`,
    /^error predict predict \/k: failed without \/k: TypeError/,
  ],
  [
    "a predict that refuses the example",
    `import { DeepaasError } from "@deepaas/core"; ${args("{ n: { type: 'integer' } }")} export const predict = () => { throw new DeepaasError("invalid_args", "n must be odd"); };`,
    "warning predict predict: the call is refused with the example arguments: n must be odd",
  ],
  [
    "a result that does not match the schema",
    `export const schema = { n: { type: "integer" } }; export const predict = () => ({ n: "1" });`,
    "error result predict: with the example arguments the result at /n: must be integer",
  ],
  [
    "a result without a JSON form",
    `export const predict = () => ({ n: new Map() });`,
    /^error result predict: with the example arguments the result at \/n: /,
  ],
  [
    "a predict that ends its process",
    `export const predict = () => process.exit(1);`,
    /^error predict predict: failed with the example arguments: The worker was lost/,
  ],
  [
    "a predict whose argument is kept for the next call",
    `${sleep} let last; ${args("{ n: { type: 'integer' } }")} export async function predict({ n }) { last = n; await sleep(20); return last; }`,
    "error isolation predict: a call that runs beside another one returns something else",
  ],
  [
    "a predict that returns the texts of earlier calls",
    `const all = []; ${args("{ text: { type: 'string' } }")} export function predict({ text }) { all.push(text); return all; }`,
    "error isolation predict: a result has the text of another call",
  ],
  [
    "a predict that changes its argument",
    `${args("{ list: { type: 'array', items: { type: 'integer' } } }")} export function predict({ list }) { list.push(5); return list.length; }`,
    "warning arguments predict /list: predict changes this argument, which is an object of the caller",
  ],
  [
    "a predict that sorts its argument",
    `${args("{ list: { type: 'array', items: { type: 'integer' } } }")} export const predict = ({ list }) => list.sort().length;`,
    "warning arguments predict /list/0: predict changes this argument, which is an object of the caller",
  ],
  [
    "a predict that prints",
    `export const predict = () => { console.log("predicting"); return 1; };`,
    /^warning output : prints (?:a line|\d+ lines) on stdout in predict: predicting$/,
  ],
  [
    "a promise that nobody awaits",
    `export const predict = () => { Promise.reject(new Error("forgotten")); return 1; };`,
    /^warning predict : a promise was rejected and nobody awaits it: forgotten \(m\d+\.mjs:2\)$/,
  ],
  [
    "a training that fails",
    `${returns} export const train = () => { throw new Error("no data"); };`,
    /^error train train: failed: no data \(m\d+\.mjs:2\)$/,
  ],
  [
    "a training that reports nothing",
    `${returns} export const train = () => ({});`,
    /^warning train train: reported no progress in /,
  ],
  [
    "a training that ends its process",
    `${returns} export const train = () => process.exit(1);`,
    /^error train train: (?:was lost|failed): /,
  ],
  [
    "a close that fails",
    `${returns} export const close = () => { throw new Error("still open"); };`,
    /^error close close: failed: still open/,
  ],
];

describe("it finds", () => {
  for (const [title, code, ...lines] of planted) {
    test(title, { timeout: 60_000 }, async () => {
      const wanted = lines.map((line): unknown => (typeof line === "string" ? line : expect.stringMatching(line)));
      expect(faults(await checked(code))).toEqual(wanted);
    });
  }

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
