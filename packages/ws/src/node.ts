export type { Authenticate } from "@deepaas/protocol/node";
export type { AttachWsOptions } from "./attach-options.ts";
export { type AttachedWs, attachWs } from "./attach-ws.ts";
