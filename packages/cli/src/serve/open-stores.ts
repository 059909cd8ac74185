// Where a server keeps its runs and files, and who hands out its trainings: by itself, or as one of several nodes.
import { hostname } from "node:os";
import { errorText, type HostOptions, type Logger } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import type { DataDir } from "./data-dir.ts";

export type Stores = Pick<HostOptions, "store" | "blobs" | "engine" | "node">;

/** True if the server is one of several nodes. */
function isShared({ store }: Pick<RunSettings, "store">): boolean {
  return store.startsWith("postgres");
}

/** `dataDir`: undefined if runs are kept in memory, or shared. Its packages are loaded only if they are needed. */
export async function openStores(settings: RunSettings, { dataDir, logger }: Place): Promise<Stores> {
  if (isShared(settings)) return sharedStores(settings, logger);
  for (const [name, flag] of [
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
  if (!dataDir) return {};
  const { directoryBlobs, sqliteStore } = await import("@deepaas/sqlite");
  return { store: sqliteStore({ path: dataDir.store }), blobs: directoryBlobs({ path: dataDir.blobs }) };
}

interface Place {
  readonly dataDir: DataDir | undefined;
  readonly logger: Logger;
}

async function sharedStores(settings: RunSettings, logger: Logger): Promise<Stores> {
  const { store: url, queue = "postgres", secretKey, leaseSeconds, labels, role } = settings;
  const [{ postgresStore }, { bullEngine }, blobs] = await Promise.all([
    import("@deepaas/postgres"),
    import("@deepaas/bullmq"),
    sharedFiles(settings),
  ]);
  const backend = queue.startsWith("redis") ? { redis: queue } : { postgres: queue === "postgres" ? url : queue };
  return {
    store: postgresStore({ url, ...(secretKey !== undefined && { secretKey }) }),
    engine: bullEngine(backend, { leaseMs: leaseSeconds * 1_000, logger }),
    blobs,
    node: { id: nodeName(settings), labels, trains: role !== "serve" },
  };
}

async function sharedFiles({ files, s3Endpoint, insecure }: RunSettings): Promise<NonNullable<HostOptions["blobs"]>> {
  if (files === undefined) {
    throw new CliError("invalid_args", "several nodes need a place for files that all of them see", {
      hint: "give it with --files s3://BUCKET/PREFIX, or the path of a shared folder",
    });
  }
  if (!files.startsWith("s3:")) {
    const { directoryBlobs } = await import("@deepaas/sqlite");
    return directoryBlobs({ path: files });
  }
  const { hostname: bucket, pathname } = new URL(files);
  const prefix = pathname.replace(/^\/|\/$/g, "");
  const { s3Blobs } = await import("@deepaas/s3");
  const endpoint = s3Endpoint !== undefined && { endpoint: s3Endpoint, allowHttp: insecure };
  try {
    return s3Blobs({ bucket, ...(prefix !== "" && { prefix }), ...endpoint });
  } catch (error) {
    throw new CliError("invalid_args", errorText(error));
  }
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
