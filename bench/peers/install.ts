// Installs what a peer needs in a folder of its own, outside of the workspace's lock file. Nothing is done if it is there already.
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Needs, Peer } from "./peer-list.ts";

const run = promisify(execFile);
const cache = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "bench-peers");
const pythons = ["python3.11", "python3.12", "python3"];

export interface Installed {
  readonly folder: string;
  /** Name and version of each package, and of Python. */
  readonly versions: readonly string[];
}

/** Rejects with what the package manager printed last. */
export async function install({ name, needs }: Peer): Promise<Installed> {
  const folder = join(cache, name);
  if (needs.from === "workspace") return { folder, versions: await workspaceVersions(needs.packages) };
  const stampFile = join(folder, "installed.json");
  const stamp = JSON.stringify([needs.packages, needs.from === "python" ? await localSource(needs) : ""]);
  const isInstalled = (await readFile(stampFile, "utf8").catch(() => "")) === stamp;
  if (!isInstalled) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    try {
      if (needs.from === "npm") await installNpm(folder, needs.packages);
      else await installPython(folder, needs);
    } catch (error) {
      throw new Error(`not installed: ${lastLine(error)}`);
    }
    await writeFile(stampFile, stamp);
  }
  const packages = needs.packages.map((one) => one.replace(/==|(?<=.)@/, " "));
  const python = needs.from === "python" ? [await pythonVersion(join(folder, "bin", "python"))] : [];
  return { folder, versions: [...packages, ...python] };
}

async function installNpm(folder: string, packages: readonly string[]): Promise<void> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", ...packages], {
    cwd: folder,
  });
}

async function installPython(folder: string, needs: Needs & { readonly from: "python" }): Promise<void> {
  let python: string | undefined;
  for (const one of pythons) {
    if (python === undefined && (await pythonVersion(one).catch(() => ""))) python = one;
  }
  if (python === undefined) throw new Error(`none of ${pythons.join(", ")} runs`);
  await run(python, ["-m", "venv", folder]);
  const pip = [
    join(folder, "bin", "python"),
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
  ] as const;
  await run(pip[0], [...pip.slice(1), ...needs.packages]);
  if (needs.local === undefined) return;
  // A build leaves files beside the sources.
  const copy = join(folder, "local");
  await cp(needs.local, copy, { recursive: true });
  await run(pip[0], [...pip.slice(1), "--no-build-isolation", "--no-deps", copy]);
}

async function localSource({ local }: Needs & { readonly from: "python" }): Promise<string> {
  if (local === undefined) return "";
  const files = (await readdir(local)).filter((file) => /\.(?:py|toml)$/.test(file)).sort();
  return (await Promise.all(files.map((file) => readFile(join(local, file), "utf8")))).join("");
}

async function pythonVersion(python: string): Promise<string> {
  return (await run(python, ["--version"])).stdout.trim();
}

function workspaceVersions(packages: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    packages.map(async (name) => {
      const file = join(import.meta.dirname, "..", "node_modules", name, "package.json");
      const { version } = JSON.parse(await readFile(file, "utf8")) as { readonly version: string };
      return `${name} ${version}`;
    }),
  );
}

function lastLine(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
  return (stderr || message).trim().split("\n").at(-1) ?? "";
}
