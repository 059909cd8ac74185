import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const entry = new URL("../../dist/node/index.js", import.meta.url).href;
const child = `
import { importModel } from ${JSON.stringify(entry)};
const said = [];
for (const path of process.argv.slice(1)) {
  try {
    const model = await importModel(path);
    said.push({ model: Object.keys(model), predicts: await model.predict?.({ image: "x" }) });
  } catch (error) {
    said.push({ error: error.message, caused: error.cause !== undefined });
  }
}
console.log(JSON.stringify(said));
`;

let folder: string;

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "deepaas-import-")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly error?: string;
  readonly model?: readonly string[];
  readonly predicts?: unknown;
}

/** In a process of its own, because a test runner replaces Node's way of importing. */
function importIn(files: Readonly<Record<string, string>>, ...paths: readonly string[]): readonly Said[] {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const args = ["--input-type=module", "-e", child, ...paths];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const errorsOf = (said: readonly Said[]) => said.map(({ error }) => error);

test("a model is found in JavaScript, TypeScript and CommonJS, as default export, class or module, from any folder", () => {
  const said = importIn(
    {
      "object.js": "export default { predict: () => 1 };",
      "class.mjs": "export default class { predict() { return 2; } }",
      "module.mjs": "export const predict = () => 3;",
      "common.cjs": "module.exports = { predict: () => 4 };",
      "typed.ts": "export function predict(args: { image: string }): string { return args.image satisfies string; }",
      "typeless/package.json": '{ "name": "typeless" }',
      "typeless/model.ts": "export const predict = (): number => 6;",
      "typeless/model.js": "export const predict = () => 7;",
    },
    "object.js",
    "./class.mjs",
    join(folder, "module.mjs"),
    "common.cjs",
    "typed.ts",
    "typeless/model.ts",
    "typeless/../typeless/model.js",
  );
  expect(said.map(({ predicts }) => predicts)).toEqual([1, 2, 3, 4, "x", 6, 7]);
});

test("a module without a project imports @deepaas/core, its subpaths and typebox from here", () => {
  const said = importIn(
    {
      "lone.ts": `
        import { FileField, Type } from "@deepaas/core";
        import { isFileSchema } from "@deepaas/core/ports";
        import { Integer } from "typebox";
        export const predict = () => [typeof FileField, isFileSchema(FileField()), Integer().type === Type.Integer().type];`,
      "lone.cjs": `const { Type } = require("@deepaas/core"); exports.predict = () => Type.Integer().type;`,
    },
    "lone.ts",
    "lone.cjs",
  );
  expect(said.map(({ predicts }) => predicts)).toEqual([["function", true, true], "integer"]);
});

test("a project's own copy of @deepaas/core wins, also when it is broken", () => {
  const said = importIn(
    {
      "own/node_modules/@deepaas/core/package.json": '{ "type": "module", "exports": "./index.js" }',
      "own/node_modules/@deepaas/core/index.js": 'export const Type = "its own";',
      "own/model.js": 'import { Type } from "@deepaas/core"; export const predict = () => Type;',
      "broken/node_modules/@deepaas/core/package.json": '{ "type": "module", "exports": "./dist/index.js" }',
      "broken/model.js": 'import { Type } from "@deepaas/core"; export const predict = () => Type;',
    },
    "own/model.js",
    "broken/model.js",
  );
  expect(said[0]?.predicts).toBe("its own");
  expect(said[1]?.error).toBe("broken/model.js: cannot find module broken/node_modules/@deepaas/core/dist/index.js");
});

test("what Node's type stripping refuses is one line with the place and the fix", () => {
  const said = importIn(
    {
      "enum.ts": "\n\nexport enum Color { Red }\nexport const predict = () => 1;",
      "property.ts": "export default class { constructor(private x = 1) {}\n predict() {} }",
      "namespace.ts": "namespace A { export const x = 1; }\nexport const predict = () => A.x;",
      "decorated.ts": "const d = (x: unknown) => x;\nexport default class {\n  @d predict() {}\n}",
      "outer.ts": 'import "./enum.ts";\nexport const predict = () => 1;',
      "typeimport.ts": 'import { Color } from "./kinds.ts";\nexport const predict = (c: Color) => c;',
      "kinds.ts": "export interface Color { red: number }",
      "view.tsx": "export const predict = () => 1;",
      "node_modules/packed/model.ts": "export const predict = (): number => 1;",
    },
    ...["enum.ts", "property.ts", "namespace.ts", "decorated.ts", "outer.ts", "typeimport.ts", "view.tsx"],
    "node_modules/packed/model.ts",
  );
  const strips = "is not erasable, and Node.js only strips types;";
  const compile = "or compile the file to JavaScript first";
  expect(errorsOf(said)).toEqual([
    `enum.ts:3: TypeScript enum ${strips} use a const object, ${compile}`,
    `property.ts:1: TypeScript parameter property ${strips} declare the property and assign it in the constructor, ${compile}`,
    `namespace.ts:1: TypeScript namespace declaration ${strips} use a module of its own, ${compile}`,
    `decorated.ts:3: decorators are not JavaScript yet; leave them out, ${compile}`,
    `enum.ts:3: TypeScript enum ${strips} use a const object, ${compile}`,
    "typeimport.ts:1: The requested module './kinds.ts' does not provide an export named 'Color'; if Color is a type, import it with `import type`",
    "view.tsx: Node.js cannot run .tsx files; compile it to JavaScript first",
    "node_modules/packed/model.ts: Node.js does not run TypeScript below node_modules; move the file, or compile it to JavaScript first",
  ]);
});

test("a module that is missing, broken or throws is one line that names it, and the line in it", () => {
  const said = importIn(
    {
      "syntax.mjs": "export const a = 1;\nexport const predict = (;",
      "syntax.ts": "\nexport const predict = (a: number => 1;",
      "outer.mjs": 'import "./syntax.mjs";\nexport const predict = () => 1;',
      "throws.mjs": 'export const a = 1;\nthrow new Error("no weights\\nhere");',
      "throws-null.mjs": "throw null;",
      "package.mjs": 'import "nowhere-to-be-found";\nexport const predict = () => 1;',
      "compiled.mjs": 'import "./kinds.js";\nexport const predict = () => 1;',
      "kinds.ts": "export const a = 1;",
      "file.mjs": 'import "./gone";\nexport const predict = () => 1;',
      "constructor.mjs": 'export default class { constructor() { throw new Error("no device"); } predict() {} }',
      "nothing.mjs": "export const weights = [];",
      "model.py": "",
    },
    ...["gone.ts", "syntax.mjs", "syntax.ts", "outer.mjs", "throws.mjs", "throws-null.mjs", "package.mjs", "file.mjs"],
    "compiled.mjs",
    ...["constructor.mjs", "nothing.mjs", "model.py", ".", "https://example.org/model.js", "data:text/javascript,"],
  );
  expect(errorsOf(said)).toEqual([
    "gone.ts: no such file",
    "syntax.mjs:2: syntax error: Unexpected token ';'",
    "syntax.ts:2: syntax error: Expected ',', got ';'",
    "outer.mjs: syntax error in this module or in one that it imports: Unexpected token ';'",
    "throws.mjs:2: import failed: no weights",
    "throws-null.mjs: import failed: null",
    "package.mjs: cannot find package nowhere-to-be-found; install it in the model's project",
    "file.mjs: cannot find module gone; an import must name the file with its extension",
    "compiled.mjs: cannot find module kinds.js; there is kinds.ts: import it by this name, Node.js runs TypeScript without compiling it",
    "constructor.mjs: its constructor failed: no device",
    "nothing.mjs: it has none of predict, predictBatch, predictStream, train",
    "model.py: a model must be a .ts, .js or .mjs module",
    ".: is a folder; give the path of a module",
    "https://example.org/model.js: a model must be the path of a file, not a URL",
    "data:text/javascript,: a model must be the path of a file, not a URL",
  ]);
});

test("other warnings of a module still come through while it is imported", () => {
  writeFileSync(join(folder, "warns.mjs"), 'process.emitWarning("heed this");\nexport const predict = () => 1;');
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", child, "warns.mjs"], {
    cwd: folder,
    encoding: "utf8",
  });
  expect(stderr).toContain("heed this");
});
