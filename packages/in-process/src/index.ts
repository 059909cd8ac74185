export { connectInProcess, type InProcess, type InProcessModel } from "./connect-in-process.ts";
export type { PredictInput, PredictResult, TrainInput } from "./model-types.ts";
