/**
 * Makes the folders that the Dockerfile copies into the image: `app`, the command with its dependencies, and `model`, a model
 * of this repository with its own. Nothing that only builds or tests is in them.
 *
 *   npm run -s image -- [--model examples/hello] FOLDER
 */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "..");
const options = { model: { type: "string", default: "examples/hello" } } as const;
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const [folder] = positionals;
if (folder === undefined || positionals.length > 1) {
  console.error("usage: npm run -s image -- [--model FOLDER] FOLDER");
  process.exit(2);
}

const args = [
  "--prefer-offline",
  "--prod",
  // With the versions of the lock file of the workspace, which a legacy deploy does not read.
  "--config.inject-workspace-packages=true",
  // Not hard links into the store of pnpm: a change of a file in the image must not change the store.
  "--config.package-import-method=copy",
];

/** `member`: the name or the folder of a package of the workspace. */
function deploy(member: string, target: string): void {
  const { status } = spawnSync("pnpm", [`--filter=${member}`, "deploy", ...args, target], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) process.exit(1);
}

deploy("@deepaas/cli", resolve(folder, "app"));
deploy(`./${values.model}`, resolve(folder, "model"));
