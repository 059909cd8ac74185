export { flushSpans, hasSdk } from "./sdk.ts";
export { type Tracing, tracing } from "./tracing.ts";
