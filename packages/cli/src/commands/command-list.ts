// All commands, with what `deepaas --help` says of them. The module of a command is loaded only when that command is used.
import type { Command } from "commander";

export interface CommandEntry {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

export const commandList: readonly CommandEntry[] = [
  {
    name: "run",
    description: "serve models until SIGINT or SIGTERM",
    load: async () => (await import("./run-command.ts")).runCommand(),
  },
  {
    name: "new",
    description: "make a model project from a template",
    load: async () => (await import("./new-command.ts")).newCommand(),
  },
  {
    name: "predict",
    description: "call a model once, in this process or on a server",
    load: async () => (await import("./predict-command.ts")).predictCommand(),
  },
  {
    name: "train",
    description: "train a model, in this process or on a server, and show its progress",
    load: async () => (await import("./train-command.ts")).trainCommand(),
  },
  {
    name: "watch",
    description: "show the log of a run until its end; CTRL-C ends only this command",
    load: async () => (await import("./watch-command.ts")).watchCommand(),
  },
  {
    name: "runs",
    description: "list the runs, newest first; or show one",
    load: async () => (await import("./runs-command.ts")).runsCommand(),
  },
  {
    name: "cancel",
    description: "cancel runs; each ends when its model has stopped",
    load: async () => (await import("./cancel-command.ts")).cancelCommand(),
  },
  {
    name: "rm",
    description: "remove ended runs with their logs and files",
    load: async () => (await import("./cancel-command.ts")).removeCommand(),
  },
  {
    name: "export",
    description: "write the logs of runs for other programs",
    load: async () => (await import("./export-command.ts")).exportCommand(),
  },
  {
    name: "versions",
    description: "list the versions of a model's weights",
    load: async () => (await import("./versions-command.ts")).versionsCommand(),
  },
  {
    name: "serve-version",
    description: "serve another version of a model's weights; no call is dropped",
    load: async () => (await import("./versions-command.ts")).serveVersionCommand(),
  },
  {
    name: "add-version",
    description: "keep weights that were made elsewhere as the next version of a model",
    load: async () => (await import("./add-version-command.ts")).addVersionCommand(),
  },
  {
    name: "describe",
    description: "show the metadata, arguments and result of a model",
    load: async () => (await import("./describe-command.ts")).describeCommand(),
  },
  {
    name: "get_metadata",
    description: "print the metadata of a model as JSON",
    load: async () => (await import("./describe-command.ts")).metadataCommand(),
  },
  {
    name: "warm",
    description: "load a model once, to see that it can be served",
    load: async () => (await import("./describe-command.ts")).warmCommand(),
  },
  {
    name: "check",
    description: "find what is wrong with a model, before it is served",
    load: async () => (await import("./check-command.ts")).checkCommand(),
  },
  {
    name: "bench",
    description: "measure how many calls a model answers, and how quickly",
    load: async () => (await import("./bench-command.ts")).benchCommand(),
  },
  {
    name: "key",
    description: "make, list or revoke API keys; a server that has the file follows at once",
    load: async () => (await import("./key-command.ts")).keyCommand(),
  },
  {
    name: "backup",
    description: "copy the data directory of a server, which may run, to a new directory",
    load: async () => (await import("./backup-command.ts")).backupCommand(),
  },
  {
    name: "restore",
    description: "put the data of a backup into the data directory of a server that does not run",
    load: async () => (await import("./backup-command.ts")).restoreCommand(),
  },
  {
    name: "copy",
    description: "copy the data directory of a server that does not run to the store of several nodes",
    load: async () => (await import("./copy-command.ts")).copyCommand(),
  },
  {
    name: "doctor",
    description: "check this machine and the data directory, or what several nodes share, and say what to do",
    load: async () => (await import("./doctor-command.ts")).doctorCommand(),
  },
  {
    name: "completion",
    description: "print the script that completes the command line in a shell",
    load: async () => (await import("./completion-command.ts")).completionCommand(),
  },
];
