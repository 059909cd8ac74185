export { type DirectoryBlobsOptions, directoryBlobs } from "./directory-blobs.ts";
export { type SqliteStoreOptions, sqliteStore } from "./sqlite-store.ts";
