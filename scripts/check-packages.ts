/** Packs each published package and checks its manifest and the files in the tarball. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly exports?: unknown;
  readonly bin?: Readonly<Record<string, string>>;
}

/** The tests in a template are for its users. */
const unwantedFiles = /\.test(-d)?\.|\/testing\/|tsbuildinfo/;

/** Every relative path that a manifest names: `./dist/index.js`. */
function pathsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.startsWith("./") ? [value.slice(2)] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

function filesOf(folder: string): readonly string[] {
  const { stdout } = spawnSync("pnpm", ["pack", "--dry-run", "--json"], { cwd: folder, encoding: "utf8" });
  const packed = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
    readonly files: readonly { readonly path: string }[];
  };
  return packed.files.map(({ path }) => path);
}

function problemsOf(folder: string, manifest: Manifest): readonly string[] {
  const files = filesOf(folder);
  const named = [...pathsIn(manifest.exports), ...pathsIn(manifest.bin)].filter((path) => !path.includes("*"));
  const missing = ["README.md", "LICENSE", ...named].filter((path) => !files.includes(path));
  const unwanted = files.filter((path) => !path.startsWith("templates/") && unwantedFiles.test(path));
  const orphans = files.filter((path) => {
    const source = /^dist\/(.+)\.js$/.exec(path)?.[1];
    return (
      source !== undefined && !/swagger-ui|^dist\/page\//.test(path) && !existsSync(join(folder, "src", `${source}.ts`))
    );
  });
  return [
    ...missing.map((path) => `${path} is not in the tarball`),
    ...unwanted.map((path) => `${path} must not be in the tarball`),
    ...orphans.map((path) => `${path} has no source`),
    ...(manifest.description ? [] : ["the description is missing"]),
    ...((manifest.keywords?.length ?? 0) > 0 ? [] : ["the keywords are missing"]),
  ];
}

let problemCount = 0;
for (const file of globSync("packages/*/package.json").sort()) {
  const manifest = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  if (manifest.private) continue;
  const { messages } = await publint({ pkgDir: dirname(file), pack: "pnpm", strict: true });
  const problems = [
    ...messages.map((message) =>
      formatMessage(message, manifest as unknown as Record<string, unknown>, { color: false }),
    ),
    ...problemsOf(dirname(file), manifest),
  ];
  console.log(`${manifest.name}: ${problems.length} problems`);
  for (const problem of problems) console.error(`  ${problem}`);
  problemCount += problems.length;
}
process.exitCode = problemCount === 0 ? 0 : 1;
