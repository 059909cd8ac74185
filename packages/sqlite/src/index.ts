export { type CheckedStore, type CheckStoreOptions, checkStoreFile, type StoreFiles } from "./check-store.ts";
export { type CopyStoreOptions, copyStore } from "./copy-store.ts";
export { type DirectoryBlobsOptions, directoryBlobs } from "./directory-blobs.ts";
export { sqliteStore } from "./sqlite-store.ts";
export type { SqliteStoreOptions } from "./store-options.ts";
