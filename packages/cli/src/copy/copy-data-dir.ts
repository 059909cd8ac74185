// Copies what a data directory has to a database and a place for files that several nodes share.
import { existsSync, realpathSync } from "node:fs";
import { DeepaasError } from "@deepaas/core";
import { type CopiedRuns, copyRuns, type RunPlaces } from "@deepaas/core/ports";
import { checkStoreFile, directoryBlobs, sqliteStore } from "@deepaas/sqlite";
import { checkDataDir, isInside } from "../backup/back-up.ts";
import type { CopyProgress } from "../backup/copy-progress.ts";
import { CliError } from "../cli-error.ts";
import { openDataDir } from "../serve/data-dir.ts";
import { type FileSettings, isShared, type StoreSettings, sharedFiles, sharedStore } from "../serve/open-stores.ts";
import { bytesText, numberText } from "../terminal/texts.ts";

export interface CopyOptions {
  readonly dataDir: string;
  readonly settings: FileSettings & StoreSettings;
  readonly progress: CopyProgress;
}

/**
 * A copy that was interrupted goes on. Throws a CliError `invalid_args` if the target is not one of several nodes, and
 * `failed_precondition` if a server has the data directory, or if that is damaged; rejects as `copyRuns`, too.
 */
export async function copyDataDir({ dataDir, settings, progress }: CopyOptions): Promise<CopiedRuns> {
  checkDataDir(dataDir, "name the data directory of the server with --from");
  const to = await targetOf(settings, dataDir);
  // Until the end no server starts with it.
  using source = openDataDir(dataDir, "end that server first");
  const from = {
    store: sqliteStore({ path: source.store, readOnly: true }),
    blobs: directoryBlobs({ path: source.blobs }),
  };
  try {
    await from.store.open({ id: "" });
    progress.say("checking");
    const { runs, problems } = await checkStoreFile({ path: source.store, blobs: source.blobs }, { hashes: false });
    if (problems.length > 0) {
      throw new CliError("failed_precondition", `${dataDir} is damaged: ${problems[0]}`, {
        hint: "deepaas doctor lists what is damaged; remove those runs, or copy a backup",
      });
    }
    return await copyRuns({ from, to, onProgress: (done) => progress.show(() => progressText(done, runs)) });
  } catch (error) {
    throw hinted(error);
  } finally {
    progress.end();
    await from.store.close();
    await to.store.close();
  }
}

/** `copied 3 runs with 120 events, 2 files (1.2 MB) and 1 weights version of .deepaas`. */
export function copiedText(from: string, { runs, there, events, files, bytes, versions }: CopiedRuns): string {
  const parts = [
    `${counted(runs, "run")} with ${counted(events, "event")}`,
    `${counted(files, "file")} (${bytesText(bytes)})`,
    counted(versions, "weights version"),
  ];
  const before = there === 0 ? "" : `; ${counted(there, "run")} had been copied before`;
  return `copied ${parts.slice(0, -1).join(", ")} and ${parts.at(-1)} of ${from}${before}`;
}

async function targetOf(settings: CopyOptions["settings"], dataDir: string): Promise<RunPlaces> {
  const { files } = settings;
  if (!isShared(settings)) {
    throw new CliError("invalid_args", "a copy is for a store of several nodes", {
      hint: "give their database with --store postgres://… or DEEPAAS_STORE; deepaas backup copies to a directory",
    });
  }
  // As the sweep of a node would delete them there.
  if (files?.startsWith("/") && isInside(realpathSync(dataDir), existsSync(files) ? realpathSync(files) : files)) {
    throw new CliError("invalid_args", `${files} is in the data directory ${dataDir}`, {
      hint: "name a folder that all nodes see",
    });
  }
  const blobs = await sharedFiles(settings);
  return { store: await sharedStore(settings), blobs };
}

function progressText({ runs, there, events, bytes }: CopiedRuns, total: number): string {
  return `copying run ${Math.min(runs + there + 1, total)} of ${total}: ${numberText(events)} events and ${bytesText(bytes)} of files`;
}

function hinted(error: unknown): unknown {
  if (!DeepaasError.is(error) || error.code !== "unavailable") return error;
  return new CliError(error.code, error.message.replace(/\.$/, ""), {
    hint: "the same command continues the copy",
    cause: error,
  });
}

function counted(count: number, what: string): string {
  return `${numberText(count)} ${what}${count === 1 ? "" : "s"}`;
}
