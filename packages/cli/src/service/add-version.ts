// Keeps weights that were made elsewhere in the data directory of a server that does not run.
import { statSync } from "node:fs";
import { DeepaasError, isName, nameRules } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { CliError } from "../cli-error.ts";
import { openDataDir } from "../serve/data-dir.ts";

export interface AddedVersion {
  readonly model: string;
  /** Its path. */
  readonly file: string;
  readonly dataDir: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The server decides nothing about it: the version is kept, and served when somebody asks for it. */
export async function addVersion({ model, file, dataDir, metrics }: AddedVersion): Promise<void> {
  if (!isName("model", model)) throw new CliError("invalid_args", `a model's name must be ${nameRules.model}`);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    throw new CliError("invalid_args", `${file} is not a file`);
  if (statSync(dataDir, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CliError("invalid_args", `there is no data directory ${dataDir}`);
  using folder = openDataDir(dataDir);
  const { directoryBlobs, sqliteStore } = await import("@deepaas/sqlite");
  const store = sqliteStore({ path: folder.store });
  try {
    await store.open({ id: crypto.randomUUID() });
    const blob = await directoryBlobs({ path: folder.blobs }).put(await fileFromPath(file, {}));
    const version = await store.addVersion({ model, metrics, blob, ...(blob.sha256 && { sha256: blob.sha256 }) });
    // Without an attempt it is never stale.
    if (version === "stale") throw new DeepaasError("internal", "The version was not kept.");
    process.stdout.write(
      `version ${version.number} of ${model} is kept, not served: while the server runs, ` +
        `POST /v2/models/${model}/versions/${version.number}/serve serves it\n`,
    );
  } finally {
    await store.close();
  }
}
