// node test/terminal-picture/make-picture.ts: records the first minute with `deepaas` on a pseudo-terminal, and writes the picture of
// the README, docs/images/first-minute.svg. It installs from packed packages, in an empty home.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { localRegistry, npmEnv } from "../support/local-registry.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { openScreen } from "./screen.ts";

const file = fileURLToPath(new URL("../../docs/images/first-minute.svg", import.meta.url));
await using registry = await localRegistry("deepaas", "create-deepaas");
using home = tempFolder();
const env = { ...npmEnv(home.path, registry), npm_config_progress: "false" };
const screen = openScreen(home.path, { ...env, NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined });
const prompt = /(?:^|\n)\$ $/;
try {
  await screen.until(prompt);
  screen.type("npx deepaas new waves --template tfjs && cd waves && npm install --silent");
  await screen.until(prompt);
  // Its log would be written between the lines of the training.
  screen.type("npm start --silent 2> server.log &");
  await screen.until(/predict\/[^\n]*\n/);
  screen.type("");
  await screen.until(prompt);
  screen.type("npx deepaas train waves --epochs 150 --url http://127.0.0.1:5000");
  await screen.until(/succeeded in [^\n]*\n(?:.*\n)*\$ $/);
  screen.type("npx deepaas predict waves --x 1.57 --url http://127.0.0.1:5000");
  await screen.until(prompt);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, screen.picture());
  screen.type("kill %1; exit");
  await screen.until(/exit/);
} finally {
  screen.end();
}
process.stdout.write(`${file}\n`);
