// `deepaas watch`: shows a run of a server, or the log of one in a data directory.
import type { Command } from "commander";
import { clientCommand, wholeNumber, withRuns } from "./client-command.ts";

interface WatchOptions {
  readonly after?: number;
}

export function watchCommand(): Command {
  const command = clientCommand("watch", "show the log of a run until its end; CTRL-C ends only this command")
    .argument("[run]", "id of a run, or the start of one; default: the newest")
    .option("--after <seq>", "begin after this event", wholeNumber);
  return command.action(async (id: string | undefined, { after }: WatchOptions) => {
    await withRuns(command, async (opened, { json, dataDir }) => {
      const { read } = opened;
      const { findRun, newestRun } = await import("../service/find-run.ts");
      const run = id === undefined ? await newestRun(read) : await findRun(read, id);
      const { followRun } = await import("../service/follow-run.ts");
      const service = { ...read, cancel: () => opened.server.cancel(run.id) };
      const isRemote = opened.hasServer;
      const place = isRemote ? undefined : dataDir;
      await followRun(service, run, { json, onInterrupt: "leave", isRemote, place, after });
    });
  });
}
