export { bullEngine } from "./bull-engine.ts";
export type { BullBackend, BullEngineOptions } from "./options.ts";
