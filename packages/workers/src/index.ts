export { defaultWorkersOptions, type WorkersOptions } from "./options.ts";
export { type Workers, workers } from "./workers.ts";
