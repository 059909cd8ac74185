// What the commands about runs and versions have in common.
import { Command, InvalidArgumentError } from "commander";
import type { OpenedRuns } from "../service/open-runs.ts";
import { allSettings, type ClientSettings, clientSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";

/** Returns a command with the options of `clientSettings`. */
export function clientCommand(name: string, description: string): Command {
  return addSettings(new Command(name).description(description), clientSettings);
}

/** Opens the server, or the data directory, and calls `work`. */
export async function withRuns(
  command: Command,
  work: (runs: OpenedRuns, settings: ClientSettings) => Promise<void>,
): Promise<void> {
  const { values } = await resolveSettings(command, clientSettings, { filesFor: allSettings });
  const { openRuns } = await import("../service/open-runs.ts");
  await using runs = await openRuns(values);
  await work(runs, values);
}

/** Parses the text of an option or argument. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError("Must be a whole number of at least 0.");
  return Number(text);
}
