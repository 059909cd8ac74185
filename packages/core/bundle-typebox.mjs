// Replaces dist/contract/typebox.js by one file that contains what it imports, with TypeBox's licence.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "rolldown";

const licence = readFileSync(join(import.meta.dirname, "node_modules", "typebox", "license"), "utf8");
const file = join(import.meta.dirname, "dist", "contract", "typebox.js");
await build({
  input: join(import.meta.dirname, "src", "contract", "typebox.ts"),
  output: { file, format: "esm", postBanner: `/*\n${licence.trim()}\n*/` },
  logLevel: "warn",
});
rmSync(`${file}.map`, { force: true });
