import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clientSettings } from "./client-settings.ts";
import { runSettings } from "./run-settings.ts";
import { parseSetting, type Setting, settingsFromEnv, settingsTable } from "./setting.ts";

const settings: Readonly<Record<string, Setting>> = runSettings;

test.each<[keyof typeof runSettings, string, unknown]>([
  ["listenPort", "0", 0],
  ["listenPort", "65535", 65_535],
  ["drainSeconds", "0.5", 0.5],
  ["basePath", "", ""],
  ["basePath", "/a/b", "/a/b"],
  ["logLevel", "warn", "warn"],
  ["insecure", "YES", true],
  ["insecure", "0", false],
  ["insecure", "", false],
])("%s of %j is %j", (name, text, value) => {
  expect(parseSetting(settings[name] as Setting, text)).toBe(value);
});

test.each<[keyof typeof runSettings, string, string]>([
  ["listenPort", "65536", "Must be a whole number from 0 to 65535."],
  ["listenPort", "1.5", "Must be a whole number from 0 to 65535."],
  ["listenPort", "", "Must be a whole number from 0 to 65535."],
  ["clientMaxSize", "1k", "Must be a whole number of at least 0."],
  ["keepDays", "0", "Must be a number greater than 0."],
  ["drainSeconds", "-1", "Must be a number from 0 to 86400."],
  ["drainSeconds", "1e3", "Must be a number from 0 to 86400."],
  ["basePath", "a", "Must be empty, or segments of"],
  ["basePath", "/a b", "Must be empty, or segments of"],
  ["logLevel", "loud", "Must be one of trace, debug,"],
  ["insecure", "maybe", "Must be 1 or 0."],
])("%s of %j is refused", (name, text, sentence) => {
  expect(() => parseSetting(settings[name] as Setting, text)).toThrow(sentence);
});

test("the environment is read by name; an empty variable is not set", () => {
  const env = { OS_DEFAULT__LISTEN_PORT: "8080", DEEPAAS_INLINE: "1", DEEPAAS_BASE_PATH: "", OTHER: "x" };
  expect(Object.fromEntries(settingsFromEnv(runSettings, env))).toEqual({
    listenPort: { value: 8_080, origin: "OS_DEFAULT__LISTEN_PORT" },
    inline: { value: true, origin: "DEEPAAS_INLINE" },
  });
});

test("an error names the variable and its value, but not the value of a secret", () => {
  const refused = { DEEPAAS_WORKERS: "none" };
  expect(() => settingsFromEnv(runSettings, refused)).toThrow(
    "DEEPAAS_WORKERS: Must be a whole number from 1 to 1024, not 'none'.",
  );
  const key: Setting = { flag: "--key <key>", env: "KEY", type: "string", pattern: /k.*/, secret: true, help: "a key" };
  expect(() => settingsFromEnv({ key }, { KEY: "swordfish" })).toThrow(/^KEY: Must be a text\.$/);
});

test("docs/configuration.md has the tables of the settings", () => {
  const page = readFileSync(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
  for (const table of [runSettings, clientSettings]) expect(page).toContain(settingsTable(table));
});
