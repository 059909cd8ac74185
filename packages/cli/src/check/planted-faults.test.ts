// Models with a planted fault each, and the line that names it.
import { expect, test } from "vitest";
import { args, checked, faults, returns } from "../testing/checked-model.ts";

const sleep = "const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));";

/** The first line of each is the fault; the others are its only further ones. */
const planted: readonly (readonly [title: string, code: string, ...lines: readonly (string | RegExp)[]])[] = [
  ["a module that throws", `throw new Error("no weights");`, /^error import : .*m\.mjs:2: import failed: no weights$/],
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
    /^error predict predict: failed with the example arguments: TypeError: .* \(m\.mjs:2\)$/,
  ],
  [
    "a predict that fails at a limit",
    `${args("{ n: { type: 'integer', minimum: 0, maximum: 4 } }")} export const predict = ({ n }) => { if (n === 4) throw new RangeError("too many"); return n; };`,
    /^error predict predict \/n: failed with \/n = 4 \(its maximum\): RangeError: too many \(m\.mjs:2\)$/,
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
    /^warning predict : a promise was rejected and nobody awaits it: forgotten \(m\.mjs:2\)$/,
  ],
  [
    "a training that fails",
    `${returns} export const train = () => { throw new Error("no data"); };`,
    /^error train train: failed: no data \(m\.mjs:2\)$/,
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

for (const [title, code, ...lines] of planted) {
  test(title, { timeout: 60_000 }, async () => {
    const wanted = lines.map((line): unknown => (typeof line === "string" ? line : expect.stringMatching(line)));
    expect(faults(await checked(code))).toEqual(wanted);
  });
}
