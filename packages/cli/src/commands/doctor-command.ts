// `deepaas doctor`: what could keep a server from working here.
import { Command } from "commander";
import { CliError } from "../cli-error.ts";
import { allSettings, clientSettings } from "../settings/client-settings.ts";
import { addSettings, resolveSettings } from "../settings/command-settings.ts";
import { runSettings } from "../settings/run-settings.ts";

const { listenIp, listenPort, dataDir, store, storeDirectUrl, queue, files, s3Endpoint } = runSettings;
const { secretKey, role, insecure, configFile } = runSettings;
const doctorSettings = {
  listenIp,
  listenPort,
  dataDir,
  store,
  storeDirectUrl,
  queue,
  files,
  s3Endpoint,
  secretKey,
  role,
  insecure,
  configFile,
  json: clientSettings.json,
  debug: clientSettings.debug,
} as const;

export function doctorCommand(): Command {
  const command = new Command("doctor").description(
    "check this machine and the data directory, or what several nodes share, and say what to do",
  );
  return addSettings(command, doctorSettings).action(async () => {
    const { values, models } = await resolveSettings(command, doctorSettings, { filesFor: allSettings });
    const { examine } = await import("../doctor/examine.ts");
    const findings = await examine(values, new Set(models.keys()));
    const { printJson } = await import("../terminal/output.ts");
    const { styled } = await import("../terminal/style.ts");
    const { definitions } = await import("../terminal/table.ts");
    const styles = { ok: "green", warning: "yellow", error: "red" } as const;
    if (values.json) for (const finding of findings) printJson(finding);
    else {
      const rows = findings.flatMap(({ what, level, text, advice }) => [
        [`${styled(styles[level], level.padEnd(7))}  ${what}`, text] as const,
        ...(advice === undefined ? [] : [["", styled("bold", advice)] as const]),
      ]);
      process.stdout.write(definitions(rows));
    }
    const errors = findings.filter(({ level }) => level === "error").length;
    if (errors > 0) throw new CliError("failed_precondition", `${errors} ${errors === 1 ? "error" : "errors"}`);
  });
}
