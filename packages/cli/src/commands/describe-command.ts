// `deepaas describe`, `get_metadata` and `warm`: what a model says of itself.
import type { ModelDescription } from "@deepaas/core";
import { Command } from "commander";
import { allSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { modelSettings } from "./model-command.ts";

interface Asked {
  readonly description: ModelDescription;
  /** The model as it was named on the command line. */
  readonly given: string;
  readonly json: boolean;
  /** Milliseconds until the model was warm, or the server had answered. */
  readonly ms: number;
}

export function describeCommand(): Command {
  return command(
    "describe",
    "show the metadata, arguments and result of a model",
    async ({ description, given, json }) => {
      const { printJson } = await import("../terminal/output.ts");
      const { descriptionText } = await import("../terminal/description-text.ts");
      if (json) printJson(description);
      else process.stdout.write(descriptionText(description, given));
    },
  );
}

export function metadataCommand(): Command {
  return command("get_metadata", "print the metadata of a model as JSON", async ({ description, json }) => {
    process.stdout.write(`${JSON.stringify(description.metadata, null, json ? undefined : 2)}\n`);
  });
}

export function warmCommand(): Command {
  return command("warm", "load a model once, to see that it can be served", async ({ description, json, ms }) => {
    const { printJson } = await import("../terminal/output.ts");
    const { servedAs } = description.metadata;
    const mib = process.memoryUsage.rss() / 1_048_576;
    if (json) printJson({ model: servedAs, ms: Math.round(ms), mib: Math.round(mib) });
    else process.stdout.write(`${servedAs} is warm: ${(ms / 1_000).toFixed(1)} s, ${Math.round(mib)} MiB of memory\n`);
  });
}

function command(name: string, description: string, work: (asked: Asked) => Promise<void>): Command {
  const made = new Command(name)
    .description(description)
    .argument("[model]", "a module ([name=]file.ts), or the name of a model of this project or of the server");
  return addSettings(made, modelSettings).action(async (given: string | undefined) => {
    const { values, models: configured } = await resolveSettings(made, modelSettings, { filesFor: allSettings });
    const { openModel } = await import("../service/open-model.ts");
    const startedAt = performance.now();
    await using opened = await openModel(values, { given, configured, store: "read", isolated: false });
    const { service, model } = opened;
    const asked = await service.describe(model);
    await work({ description: asked, given: given ?? model, json: values.json, ms: performance.now() - startedAt });
  });
}
