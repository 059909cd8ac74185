// Runs before a package is packed, in its folder: builds it, and removes files of dist whose source is gone.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const { status } = spawnSync(process.execPath, [join(root, "dev.mjs"), "build"], { stdio: ["ignore", 2, 2] });
if (status !== 0 || !existsSync("dist")) {
  console.error("prepack: the build failed");
  process.exit(1);
}
for (const file of readdirSync("dist", { recursive: true })) {
  const source = /^(.+?)\.(?:js|d\.ts)(?:\.map)?$/.exec(file)?.[1];
  if (source === undefined || source.includes("swagger-ui")) continue;
  if (!existsSync(join("src", `${source}.ts`))) rmSync(join("dist", file));
}
