export { type AttachedWs, attachWs } from "./attach-ws.ts";
export { type AttachWsOptions, type Authenticate, defaultAttachWsOptions } from "./attach-options.ts";
