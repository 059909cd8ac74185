// `deepaas predict`: one call of a model in this process, or of a server.
import { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { addModelArguments, withModel } from "./model-command.ts";

interface PredictOptions {
  readonly output?: string;
  readonly stream?: true;
}

export function predictCommand(): Command {
  const command = new Command("predict").description("call a model once, in this process or on a server");
  addModelArguments(command)
    .option("-o, --output <file>", "write the result to a file; -: stdout")
    .option("--stream", "print the items of a stream as they come, one line of JSON each");
  return command.action(async () => {
    const { output, stream } = command.opts<PredictOptions>();
    await withModel(command, { kind: "predict", store: "read" }, async (call, { json }) => {
      const { service, description } = call;
      const model = description.metadata.servedAs;
      const args = await call.readArgs();
      const { signal, end } = interruptSignal();
      try {
        const { printJson, writeResult } = await import("../terminal/output.ts");
        if (!stream) {
          await writeResult(await service.predict(model, args, { signal }), { output, json });
          return;
        }
        if (output !== undefined && output !== "-")
          throw new CliError("invalid_args", "--stream writes to stdout only");
        for await (const item of service.predictStream(model, args, { signal })) printJson(item);
      } finally {
        end();
      }
    });
  });
}

/** Aborted by CTRL-C, which ends the call as `cancelled`. */
function interruptSignal(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const interrupt = () => controller.abort();
  process.once("SIGINT", interrupt);
  return { signal: controller.signal, end: () => process.off("SIGINT", interrupt) };
}
