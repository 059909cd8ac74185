export { fileFromPath } from "./file-from-path.ts";
export { importModel } from "./import-model.ts";
export { PrivateFolder } from "./private-folder.ts";
