export type { AttachWsOptions, Authenticate } from "./attach-options.ts";
export { type AttachedWs, attachWs } from "./attach-ws.ts";
