/** Packs each published package and checks that what its manifest promises is in there. */
import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

let problemCount = 0;
for (const manifest of globSync("packages/*/package.json").sort()) {
  const pkg = JSON.parse(readFileSync(manifest, "utf8"));
  if (pkg.private) continue;
  const { messages } = await publint({ pkgDir: dirname(manifest), pack: "pnpm", strict: true });
  console.log(`${pkg.name}: ${messages.length} problems`);
  for (const message of messages) console.error(`  ${formatMessage(message, pkg, { color: false })}`);
  problemCount += messages.length;
}
process.exitCode = problemCount === 0 ? 0 : 1;
