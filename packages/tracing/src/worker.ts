// What a worker loads, as the option `observer` of `workers`.
export { modelSpans as default } from "./model-spans.ts";
