/**
 * Compares what lists the packages: the workspace, ARCHITECTURE.md, the project references and the linter's rules. Checks that
 * the tree in ARCHITECTURE.md is the real one (`--write` updates it), and that every public export is used somewhere.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { missingFrom, publicNames, sourceTree, unusedNames } from "./workspace.ts";

const page = "ARCHITECTURE.md";
const treeBlock = /(<!-- tree -->\n```text\n)[\s\S]*?(\n```)/;

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { encoding: "utf8" })
  .split("\n")
  .filter((file) => globSync(file).length > 0);
const packages = globSync("packages/*/package.json")
  .map((file) => dirname(file))
  .sort();
const read = (file: string) => readFileSync(file, "utf8");
const nameOfFolder = (folder: string) => folder.slice("packages/".length);
const problems: string[] = [];

const tree = sourceTree(files);
const architecture = read(page);
const withTree = architecture.replace(treeBlock, (_all, start: string, end: string) => `${start}${tree}${end}`);
if (process.argv.includes("--write")) writeFileSync(page, withTree);
else if (withTree !== architecture) problems.push(`${page}: the tree is not the real one; --write updates it`);

// A package that is only a command has nothing to compile, and imports one other package.
const sources = packages.filter((folder) => existsSync(join(folder, "src"))).map(nameOfFolder);
const published = packages.map(
  (folder) => (JSON.parse(read(join(folder, "package.json"))) as { readonly name: string }).name,
);
const references = (JSON.parse(read("tsconfig.json")) as { readonly references: readonly { readonly path: string }[] })
  .references;
problems.push(
  ...missingFrom(published, architecture, (name) => `| \`${name}\` |`).map((name) => `${page}: no row for ${name}`),
  ...sources
    .filter((name) => !references.some(({ path }) => path === `packages/${name}`))
    .map((name) => `tsconfig.json: no reference to packages/${name}`),
  ...missingFrom(
    sources,
    read("biome.json"),
    (name) => new RegExp(`packages/(?:\\{[^}]*\\b${name}\\b[^}]*\\}|${name})/`),
  )
    .filter((name) => name !== "cli")
    .map((name) => `biome.json: no import rule for packages/${name}`),
);

const texts = files.filter((file) => /\.(ts|md|mjs)$/.test(file)).map((file) => ({ file, text: read(file) }));
for (const folder of packages) {
  const entries = globSync(join(folder, "src/{index,ports,node,rpc/index,node/index}.ts"));
  const exported = entries.flatMap((entry) => publicNames(read(entry)));
  for (const name of unusedNames(exported, texts, { folder, entries })) {
    problems.push(`${folder}: the export ${name} is used by no package, example, test or document`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`${packages.length} packages, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
