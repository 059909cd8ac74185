// The service of a command about runs and versions: a server, or the data directory of one that does not run.
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ModelService } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import { serverOf } from "../serve/data-dir.ts";
import type { ClientSettings } from "../settings/client-settings.ts";
import { connect } from "./connect.ts";
import { openStoredService, type StoredService } from "./stored-service.ts";

export interface OpenedRuns extends AsyncDisposable {
  readonly read: Omit<StoredService, "close">;
  /** The server. Throws a CliError if there is none: nothing can be changed then. */
  readonly server: ModelService;
  readonly hasServer: boolean;
}

/**
 * Asks `--url`, or the server that has the data directory; without a server that runs, it reads the directory. Rejects
 * `failed_precondition` if there is neither.
 */
export async function openRuns(settings: Pick<ClientSettings, "url" | "token" | "dataDir">): Promise<OpenedRuns> {
  const { url, token, dataDir } = settings;
  const server = url === undefined ? await serverOfDirectory(dataDir, token) : await connect({ url, token });
  if (server) return { read: server, server, hasServer: true, [Symbol.asyncDispose]: async () => {} };
  const store = join(dataDir, "runs.db");
  if (!existsSync(store)) {
    throw new CliError("failed_precondition", `there is no server, and no runs in ${dataDir}`, {
      hint: "start one with deepaas run, or name it with --url",
    });
  }
  const stored = await openStoredService({ store, blobs: join(dataDir, "blobs") });
  return {
    read: stored,
    get server(): never {
      throw new CliError("failed_precondition", `no server has ${dataDir}, and only a server may change it`, {
        hint: "start one with deepaas run, or name another with --url",
      });
    },
    hasServer: false,
    [Symbol.asyncDispose]: () => stored.close(),
  };
}

/** Returns undefined if the server has ended, also if another process has its number by now. */
async function serverOfDirectory(dataDir: string, given: string | undefined): Promise<ModelService | undefined> {
  const { url, token } = serverOf(dataDir) ?? {};
  if (url === undefined) return undefined;
  try {
    return await connect({ url, token: given ?? token });
  } catch (error) {
    if (error instanceof CliError && error.code === "unavailable") return undefined;
    throw error;
  }
}
