// The lines of a page of the documentation, run as a user does who follows it: in a folder with `hello.ts` and a command `deepaas`.
import { execFile } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bin, deepaasEnv, helloModule } from "./deepaas.ts";
import { freePort } from "./free-port.ts";
import { type TempFolder, tempFolder } from "./temp-folder.ts";

/** Returns a folder with `hello.ts`, which finds its packages, and `deepaas`. `commands`: further ones, with what they execute. */
export function pageFolder(commands: Readonly<Record<string, string>> = {}): TempFolder {
  const folder = tempFolder({ "hello.ts": readFileSync(helloModule, "utf8") });
  symlinkSync(join(dirname(helloModule), "node_modules"), join(folder.path, "node_modules"));
  for (const [name, line] of Object.entries({ deepaas: `"${process.execPath}" "${bin}"`, ...commands })) {
    writeFileSync(join(folder.path, name), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  }
  return folder;
}

export interface PageScript {
  /** In `test/readme`. */
  readonly script: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Of the servers that the lines start. Default: a free one. */
  readonly port?: number;
}

/**
 * Runs the lines with the commands of the folder. The servers that they start are at `$url`, and where they say `127.0.0.1:5000`.
 * Returns what they print.
 */
export async function runPage({ path }: TempFolder, { script, env, port }: PageScript): Promise<string> {
  const at = port ?? (await freePort());
  const file = fileURLToPath(new URL(`../readme/${script}`, import.meta.url));
  const lines = readFileSync(file, "utf8").replaceAll("127.0.0.1:5000", `127.0.0.1:${at}`);
  const { stdout } = await promisify(execFile)("bash", ["-c", lines], {
    cwd: path,
    env: {
      ...deepaasEnv(),
      PATH: `${path}:${process.env.PATH}`,
      DEEPAAS_LISTEN_PORT: String(at),
      url: `http://127.0.0.1:${at}`,
      ...env,
    },
  });
  return stdout;
}
