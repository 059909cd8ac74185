export { fileFromPath, readBytes } from "./file-from-path.ts";
export { importModel } from "./import-model.ts";
export { type FileLock, lockFile } from "./lock-file.ts";
export { PrivateFolder } from "./private-folder.ts";
export { createTemporaryFolder, sweepTemporaryFolders, type TemporaryFolder } from "./temporary-folder.ts";
export { type FileWatch, watchFile } from "./watch-file.ts";
