export { type DirectoryBlobsOptions, directoryBlobs } from "./directory-blobs.ts";
export { sqliteStore } from "./sqlite-store.ts";
export { defaultSqliteStoreOptions, type SqliteStoreOptions } from "./store-options.ts";
