// Where a server keeps its runs and files, and who hands out its trainings: by itself, or as one of several nodes.
import { hostname } from "node:os";
import type { BullBackend } from "@deepaas/bullmq";
import { errorText, type HostOptions, type Logger } from "@deepaas/core";
import type { BlobStore, RunStore } from "@deepaas/core/ports";
import type { S3BlobsOptions } from "@deepaas/s3";
import { CliError } from "../cli-error.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import type { DataDir } from "./data-dir.ts";

export type Stores = Pick<HostOptions, "store" | "blobs" | "engine" | "node">;

/** True if the server is one of several nodes. */
export function isShared({ store }: Pick<RunSettings, "store">): boolean {
  return store.startsWith("postgres");
}

/** `dataDir`: undefined if runs are kept in memory, or shared. Its packages are loaded only if they are needed. */
export async function openStores(settings: RunSettings, { dataDir, logger }: Place): Promise<Stores> {
  if (isShared(settings)) return sharedStores(settings, logger);
  refuseSharedParts(settings);
  if (!dataDir) return {};
  const { directoryBlobs, sqliteStore } = await import("@deepaas/sqlite");
  return { store: sqliteStore({ path: dataDir.store }), blobs: directoryBlobs({ path: dataDir.blobs }) };
}

/** Throws if a part that only several nodes have is given without the database that they share. */
export function refuseSharedParts(settings: Partial<RunSettings>): void {
  for (const [name, flag] of [
    ["storeDirectUrl", "--store-direct-url"],
    ["queue", "--queue"],
    ["files", "--files"],
    ["s3Endpoint", "--s3-endpoint"],
    ["node", "--node"],
  ] as const) {
    if (settings[name] === undefined) continue;
    throw new CliError("invalid_args", `${flag} is for several nodes`, {
      hint: "give the database that they share with --store postgres://…",
    });
  }
}

interface Place {
  readonly dataDir: DataDir | undefined;
  readonly logger: Logger;
}

async function sharedStores(settings: RunSettings, logger: Logger): Promise<Stores> {
  const { leaseSeconds, labels, role } = settings;
  const [store, { bullEngine }, blobs] = await Promise.all([
    sharedStore(settings),
    import("@deepaas/bullmq"),
    sharedFiles(settings),
  ]);
  return {
    store,
    engine: bullEngine(queueBackend(settings), { leaseMs: leaseSeconds * 1_000, logger }),
    blobs,
    node: { id: nodeName(settings), labels, trains: role !== "serve" },
  };
}

export type StoreSettings = Pick<RunSettings, "store" | "storeDirectUrl" | "secretKey">;

export async function sharedStore({ store: url, storeDirectUrl, secretKey }: StoreSettings): Promise<RunStore> {
  const { postgresStore } = await import("@deepaas/postgres");
  return postgresStore({
    url,
    ...(storeDirectUrl !== undefined && { listenUrl: storeDirectUrl }),
    ...(secretKey !== undefined && { secretKey }),
  });
}

export function queueBackend({
  store,
  storeDirectUrl = store,
  queue = "postgres",
}: Pick<RunSettings, "store" | "storeDirectUrl" | "queue">): BullBackend {
  return queue.startsWith("redis") ? { redis: queue } : { postgres: queue === "postgres" ? storeDirectUrl : queue };
}

export type FileSettings = Pick<RunSettings, "files" | "s3Endpoint" | "insecure">;

/** Rejects `invalid_args` for what cannot be such a place. */
export async function sharedFiles(settings: FileSettings): Promise<BlobStore> {
  const { files } = settings;
  if (files === undefined) {
    throw new CliError("invalid_args", "several nodes need a place for files that all of them see", {
      hint: "give it with --files s3://BUCKET/PREFIX, or the path of a shared folder",
    });
  }
  if (!files.startsWith("s3:")) {
    const { directoryBlobs } = await import("@deepaas/sqlite");
    return directoryBlobs({ path: files });
  }
  const { s3Blobs } = await import("@deepaas/s3");
  try {
    return s3Blobs(bucketOptions(settings));
  } catch (error) {
    throw new CliError("invalid_args", errorText(error));
  }
}

/** For `files` that is a bucket. */
export function bucketOptions({ files = "", s3Endpoint, insecure }: FileSettings): S3BlobsOptions {
  const { hostname: bucket, pathname } = new URL(files);
  const prefix = pathname.replace(/^\/|\/$/g, "");
  const endpoint = s3Endpoint !== undefined && { endpoint: s3Endpoint, allowHttp: insecure };
  return { bucket, ...(prefix !== "" && { prefix }), ...endpoint };
}

/** The name of the machine, as far as a node may be called so. */
function nodeName({ node }: RunSettings): string {
  return (
    node ??
    (hostname()
      .replace(/[^\w.-]/g, "-")
      .slice(0, 64) ||
      "node")
  );
}
