// The settings of `deepaas run` for a server that is one of several nodes.
import type { Setting } from "./setting.ts";

/** Other spellings of a setting that was true or false once, and of the Python server. */
const storeAliases = {
  ...Object.fromEntries(["1", "true", "yes", "on"].map((text) => [text, "sqlite"])),
  ...Object.fromEntries(["0", "false", "no", "off"].map((text) => [text, "memory"])),
};

export const clusterSettings = {
  store: {
    flag: "--store <store>",
    env: "DEEPAAS_STORE",
    type: "string",
    default: "sqlite",
    pattern: /sqlite|memory|postgres(?:ql)?:\/\/\S+/,
    patternText: "sqlite, memory, or the URL of a Postgres database",
    aliases: storeAliases,
    withoutFlag: "memory",
    help: "where runs are kept: sqlite, in the data directory; memory (or --no-store); or the URL of a Postgres database",
    details: "With Postgres the server is one of several nodes. A URL with a password belongs into the environment.",
    secret: true,
    conflicts: ["dataDir"],
  },
  queue: {
    flag: "--queue <queue>",
    env: "DEEPAAS_QUEUE",
    type: "string",
    pattern: /postgres|(?:postgres(?:ql)?|rediss?):\/\/\S+/,
    patternText: "postgres, or the URL of a Postgres database, or of a Redis or Valkey server",
    withoutDefault: "the database of `--store`",
    help: "the queue of the trainings of all nodes",
    secret: true,
  },
  files: {
    flag: "--files <place>",
    env: "DEEPAAS_FILES",
    type: "string",
    pattern: /\/\S+/,
    patternText: "the path of a folder that all nodes see",
    withoutDefault: "the data directory; required with Postgres",
    help: "where the files of runs and the weights of all nodes are",
  },
  node: {
    flag: "--node <name>",
    env: "DEEPAAS_NODE",
    type: "string",
    pattern: /[\w.-]{1,64}/,
    patternText: "1-64 of A-Z a-z 0-9 . _ -",
    withoutDefault: "the name of the machine",
    help: "name of this node; of no other one, and kept over restarts",
  },
  labels: {
    flag: "--labels <labels>",
    env: "DEEPAAS_LABELS",
    type: "list",
    pattern: /[\w.-]{1,64}/,
    patternText: "labels of 1-64 of A-Z a-z 0-9 . _ -, separated by commas",
    default: [],
    help: "what this node has, such as gpu: models that need it are trained here",
  },
  role: {
    flag: "--role <role>",
    env: "DEEPAAS_ROLE",
    type: "string",
    default: "both",
    choices: ["both", "serve", "train"],
    help: "serve: the node trains nothing; train: it answers no predicts",
  },
  leaseSeconds: {
    flag: "--lease-seconds <seconds>",
    env: "DEEPAAS_LEASE_SECONDS",
    type: "integer",
    default: 30,
    minimum: 1,
    maximum: 3_600,
    help: "time without a sign of life after which the trainings of a node go on elsewhere",
  },
  secretKey: {
    flag: "",
    env: "DEEPAAS_SECRET_KEY",
    type: "string",
    pattern: /[A-Za-z0-9+/]{43}=/,
    patternText: "32 bytes in base64, such as those of: openssl rand -base64 32",
    withoutDefault: "none",
    help: "encrypts secret arguments before they reach Postgres; the same for all nodes",
    secret: true,
  },
} as const satisfies Readonly<Record<string, Setting>>;
