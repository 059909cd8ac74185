// node test/terminal-picture/make-picture.ts: records the first minute with `deepaas` on a pseudo-terminal, and writes the picture of
// the README, docs/images/first-minute.svg. It installs from packed packages, in an empty home.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { localRegistry } from "../support/local-registry.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { openScreen } from "./screen.ts";

const file = fileURLToPath(new URL("../../docs/images/first-minute.svg", import.meta.url));
await using registry = await localRegistry("deepaas", "create-deepaas");
using home = tempFolder();
const inherited = Object.entries(process.env).filter(
  ([name]) => !/^(npm_|XDG_|DEEPAAS_|NODE_OPTIONS$|NO_COLOR$|FORCE_COLOR$|CI$)/i.test(name),
);
const screen = openScreen(home.path, {
  ...Object.fromEntries(inherited),
  HOME: home.path,
  npm_config_registry: registry.url,
  npm_config_noproxy: "127.0.0.1",
  npm_config_yes: "true",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
  npm_config_progress: "false",
});
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
