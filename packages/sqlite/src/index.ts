export { type CheckedStore, checkStoreFile } from "./check-store.ts";
export { type DirectoryBlobsOptions, directoryBlobs } from "./directory-blobs.ts";
export { sqliteStore } from "./sqlite-store.ts";
export type { SqliteStoreOptions } from "./store-options.ts";
