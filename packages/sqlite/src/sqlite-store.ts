// Skeleton.
import { memoryStore, type RunStore } from "@deepaas/core/host";

export interface SqliteStoreOptions {
  readonly path: string;
  readonly keepEvents?: number;
}

export function sqliteStore(_options: SqliteStoreOptions): RunStore {
  return memoryStore();
}
