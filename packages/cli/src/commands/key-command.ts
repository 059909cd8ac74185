// `deepaas key`: the API keys in a key file.
import type { KeyRecord } from "@deepaas/auth";
import { scopeNames } from "@deepaas/core";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../cli-error.ts";
import { ownKeyNames } from "../serve/checked-address.ts";
import { allSettings, jsonSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { runSettings } from "../settings/run-settings.ts";

const { apiKeyFile, configFile } = runSettings;
const keySettings = { apiKeyFile, configFile, ...jsonSettings } as const;

interface KeyOptions {
  readonly scope: readonly string[];
  readonly model?: readonly string[];
  readonly expires?: string;
}

type Action = "new" | "list" | "revoke";

export function keyCommand(): Command {
  const command = new Command("key")
    .description("make, list or revoke API keys; a server that has the file follows at once")
    .addArgument(new Argument("<action>", "what to do").choices(["new", "list", "revoke"]))
    .argument("[name]", "name of the key, to whom it is given")
    .addOption(
      new Option("--scope <scope...>", `what its holder may do: ${scopeNames.join(", ")}`).default(
        ["read", "predict"],
        "read predict",
      ),
    )
    .option("--model <name...>", "only for these models (default: all)")
    .addOption(new Option("--expires <when>", "90d for 90 days, or a date such as 2027-01-31").argParser(expiry));
  addSettings(command, keySettings);
  return command.action(async (action: Action, name: string | undefined) => {
    const { values } = await resolveSettings(command, keySettings, { filesFor: allSettings });
    const { apiKeyFile: file, json } = values;
    if (file === undefined) {
      throw new CliError("invalid_args", "there is no key file", {
        hint: "name one with --api-key-file, or set DEEPAAS_API_KEY_FILE",
      });
    }
    const { addKey, listKeys, revokeKey } = await import("@deepaas/auth");
    const { printJson } = await import("../terminal/output.ts");
    if (action === "list") {
      const records = listKeys(file);
      if (json) printJson(records);
      else process.stdout.write(await keysText(records));
      return;
    }
    if (name === undefined) throw new CliError("invalid_args", `deepaas key ${action} needs the name of the key`);
    if (action === "revoke") {
      const record = await revokeKey(file, name);
      if (json) printJson(record);
      else process.stdout.write(`key ${name} is revoked\n`);
      return;
    }
    if ((ownKeyNames as readonly string[]).includes(name)) {
      throw new CliError("invalid_args", `a key of this server is called ${name} already`, {
        hint: `the names ${ownKeyNames.join(" and ")} are taken; choose another one`,
      });
    }
    const { scope, model, expires } = command.opts<KeyOptions>();
    const { key, record } = await addKey(file, {
      name,
      scopes: scope,
      ...(model && { models: model }),
      ...(expires !== undefined && { expiresAt: expires }),
    });
    if (json) printJson({ ...record, key });
    else {
      process.stdout.write(`${key}\n`);
      process.stderr.write(`The key of ${name}: it is shown only now. ${file} has its hash.\n`);
    }
  });
}

const dayMs = 86_400_000;

/** Returns a time in ISO 8601. */
function expiry(text: string): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const at = days === undefined ? Date.parse(text) : Date.now() + Number(days) * dayMs;
  if (Number.isNaN(at)) throw new InvalidArgumentError("Must be a number of days such as 90d, or a date.");
  return new Date(at).toISOString();
}

async function keysText(records: readonly KeyRecord[]): Promise<string> {
  if (records.length === 0) return "There are no keys.\n";
  const { table } = await import("../terminal/table.ts");
  const columns = ["Name", "Scopes", "Models", "Created", "Expires"].map((title) => ({ title }));
  return table(
    columns,
    records.map(({ name, scopes, models, createdAt, expiresAt, revokedAt }) => [
      name,
      scopes.join(", "),
      models?.join(", ") ?? "all",
      createdAt.slice(0, 10),
      revokedAt === undefined ? (expiresAt?.slice(0, 10) ?? "never") : `revoked ${revokedAt.slice(0, 10)}`,
    ]),
  );
}
