// `deepaas train`: starts a training and shows it until its end.
import { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { addModelArguments, withModel } from "./model-command.ts";

interface TrainOptions {
  readonly store: boolean;
  readonly runId?: string;
  readonly detach?: true;
}

export function trainCommand(): Command {
  const command = new Command("train").description(
    "train a model, in this process or on a server, and show its progress",
  );
  addModelArguments(command)
    .option("--run-id <id>", "id of the run: a second call with it and the same arguments shows the same run")
    .option("--detach", "start the training of a server, print its id and end")
    .option("--no-store", "keep the run of this process nowhere");
  return command.action(async () => {
    const { store, runId, detach } = command.opts<TrainOptions>();
    await withModel(command, { kind: "train", store: store ? "keep" : "none" }, async (call, { json, dataDir }) => {
      const { service, description, url } = call;
      const model = description.metadata.servedAs;
      if (detach && url === undefined) {
        throw new CliError("invalid_args", "--detach needs the server that goes on", { hint: "name it with --url" });
      }
      const { followRun, noteEarlierRuns } = await import("../service/follow-run.ts");
      if (url === undefined) await noteEarlierRuns(service, { model, runId });
      const run = await service.train(model, await call.readArgs(), { ...(runId !== undefined && { runId }) });
      if (detach) {
        process.stdout.write(`${run.id}\n`);
        return;
      }
      const place = url === undefined && store ? dataDir : undefined;
      await followRun(service, run, { json, onInterrupt: "cancel", isRemote: url !== undefined, place });
    });
  });
}
