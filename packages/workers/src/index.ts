export { type Workers, workers } from "./workers.ts";
export { defaultWorkersOptions, type WorkersOptions } from "./workers-options.ts";
