// The options of the commands that ask a server or read its data directory.
import { runSettings } from "./run-settings.ts";
import type { Setting, ValuesOf } from "./setting.ts";

export const jsonSettings = {
  json: {
    flag: "--json",
    env: "DEEPAAS_JSON",
    type: "boolean",
    default: false,
    help: "print JSON instead of text for people",
  },
  debug: runSettings.debug,
} as const satisfies Readonly<Record<string, Setting>>;

export const clientSettings = {
  url: {
    flag: "--url <url>",
    env: "DEEPAAS_URL",
    type: "string",
    pattern: /https?:\/\/\S+/,
    patternText: "an http or https URL",
    withoutDefault: "the server of the data directory",
    help: "server to ask",
  },
  token: {
    flag: "--token <token>",
    env: "DEEPAAS_TOKEN",
    type: "string",
    pattern: /[\w.~+/-]+=*/,
    patternText: "an API key or a bearer token",
    withoutDefault: "none; a server of the data directory is asked with a key of its own",
    help: "API key or token for the server",
    secret: true,
  },
  dataDir: runSettings.dataDir,
  configFile: runSettings.configFile,
  ...jsonSettings,
} as const satisfies Readonly<Record<string, Setting>>;

export type ClientSettings = ValuesOf<typeof clientSettings>;

/** Everything that a configuration file may set. */
export const allSettings = { ...runSettings, ...clientSettings } as const;
