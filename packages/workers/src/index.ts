export { defaultWorkersOptions, type WorkersOptions } from "./options.ts";
export type { NodeModule, PythonModule } from "./programs.ts";
export { workers } from "./workers.ts";
export type { Workers } from "./workers-executor.ts";
