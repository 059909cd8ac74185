/**
 * Writes the software bill of materials of what is published, in CycloneDX, to reports/sbom.cdx.json: `npm run tool -- node scripts/make-sbom.ts`. Fails if a
 * run-time dependency has a script that runs when it is installed, or no licence that permits its use here.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface Component {
  readonly type: "library";
  readonly name: string;
  readonly group?: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly {
    readonly license?: { readonly id?: string; readonly name?: string };
    readonly expression?: string;
  }[];
}

interface Bill {
  readonly components: Component[];
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

/** What the build puts into the files of a package: no dependency of whoever installs it. */
const bundled: Readonly<Record<string, readonly string[]>> = {
  ui: ["preact", "@preact/signals", "@preact/signals-core", "uplot"],
  koa: ["swagger-ui-dist"],
};
/** Of `bundled` only files are copied: their scripts never run. */
const installScripts = ["preinstall", "install", "postinstall"];
/** Native code that only makes its user quicker, and is not needed: `npm install --ignore-scripts` leaves its script out. */
const optionalNative: ReadonlySet<string> = new Set(["msgpackr-extract"]);
const permitted = /^\(?(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|CC0-1\.0|Python-2\.0|Unlicense)\b/;

const file = "reports/sbom.cdx.json";
const bill = JSON.parse(
  execFileSync("pnpm", ["sbom", "--sbom-format", "cyclonedx", "--prod", "--filter", "./packages/*"], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  }),
) as Bill;
const own = new Set(globSync("packages/*/package.json").map((path) => manifestAt(path).name));
const installed = globSync("node_modules/.pnpm/*/node_modules/{*,@*/*}/package.json");
const manifests = new Map(
  installed.map((path) => {
    const manifest = manifestAt(path);
    return [`${manifest.name}@${manifest.version}`, manifest];
  }),
);
for (const [folder, names] of Object.entries(bundled)) {
  for (const name of names) bill.components.push(componentOf(name, folder));
}

const problems: string[] = [];
let checked = 0;
for (const { group, name, version, licenses = [] } of bill.components) {
  const full = group === undefined || name.startsWith("@") ? name : `${group}/${name}`;
  if (own.has(full)) continue;
  checked += 1;
  const manifest = manifests.get(`${full}@${version}`);
  const isBundled = Object.values(bundled).some((names) => names.includes(full));
  const scripts = installScripts.filter((script) => manifest?.scripts?.[script] !== undefined);
  if (scripts.length > 0 && !isBundled && !optionalNative.has(full))
    problems.push(`${full} ${version}: runs ${scripts.join(", ")} when it is installed`);
  const texts = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? "");
  const known = [...texts, manifest?.license ?? ""].filter((text) => text !== "");
  if (!known.some((text) => permitted.test(text)))
    problems.push(`${full} ${version}: licence ${known.join(", ") || "unknown"}`);
}
mkdirSync("reports", { recursive: true });
writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`);
for (const problem of problems) console.error(problem);
console.log(`${file}: ${checked} run-time dependencies, ${problems.length} problems`);
process.exitCode = problems.length === 0 && checked > 0 ? 0 : 1;

function manifestAt(path: string): Manifest {
  return JSON.parse(readFileSync(path, "utf8")) as Manifest;
}

function componentOf(name: string, folder: string): Component {
  const direct = join("packages", folder, "node_modules", name, "package.json");
  const path = existsSync(direct)
    ? direct
    : installed.find((one) => one.endsWith(`/node_modules/${name}/package.json`));
  if (path === undefined) throw new Error(`${name} is not installed`);
  const { version, license = "unknown" } = manifestAt(path);
  const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
  return { type: "library", name, version, purl, licenses: [{ license: { id: license } }] };
}
