export { type AttachedWs, attachWs } from "./attach-ws.ts";
export { type AttachWsOptions, defaultAttachWsOptions } from "./attach-ws-options.ts";
