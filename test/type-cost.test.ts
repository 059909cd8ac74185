// The cost of the types for a compiler, in instantiations; and whether the declarations of all packages compile.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { tempFolder } from "./support/temp-folder.ts";

const { resolve } = createRequire(import.meta.url);
const run = promisify(execFile);
const here = (path: string) => new URL(path, import.meta.url).pathname;

const compilers = [
  ["5.9", "typescript-5.9"],
  ["6", "typescript"],
  ["7", "@typescript/native"],
] as const;

/** Compiles one file as a project of a user would, and returns what the compiler prints. */
async function compile(compiler: string, file: string, options: object): Promise<string> {
  const manifest = resolve(`${compiler}/package.json`);
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly bin: Readonly<Record<string, string>> };
  using folder = tempFolder();
  const project = join(folder.path, "tsconfig.json");
  const compilerOptions = {
    ...{
      strict: true,
      noEmit: true,
      target: "es2024",
      module: "nodenext",
      lib: ["es2024", "dom", "esnext.disposable"],
    },
    ...{ types: ["node"], typeRoots: [here("node_modules/@types")], allowImportingTsExtensions: true },
    ...options,
  };
  writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
  const args = [join(dirname(manifest), Object.values(bin)[0] as string), "-p", project, "--extendedDiagnostics"];
  try {
    return (await run(process.execPath, args, { maxBuffer: 2 ** 24 })).stdout;
  } catch (error) {
    throw new Error((error as { readonly stdout?: string }).stdout ?? String(error), { cause: error });
  }
}

describe.each(compilers)("TypeScript %s", (_version, compiler) => {
  test("checks the first example of the README with less than 5,000 instantiations", { timeout: 60_000 }, async () => {
    const printed = await compile(compiler, here("../examples/hello/hello.ts"), { skipLibCheck: true });
    const count = Number(/^Instantiations:\s+(\d+)/m.exec(printed)?.[1]);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(5_000);
  });

  test("checks the declarations of all packages", { timeout: 120_000 }, async () => {
    await compile(compiler, here("types/all-packages.ts"), { skipLibCheck: false });
  });
});
