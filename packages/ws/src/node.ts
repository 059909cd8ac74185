export { type AttachWsOptions, type Authenticate, defaultAttachWsOptions } from "./attach-options.ts";
export { type AttachedWs, attachWs } from "./attach-ws.ts";
