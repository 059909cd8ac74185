export { connectRest } from "./connect-rest.ts";
export type { ConnectedService, UploadOptions, UploadProgress } from "./connected-service.ts";
export { type KeepWatchingOptions, keepWatching } from "./keep-watching.ts";
export type { ConnectRestOptions } from "./rest-call.ts";
export { connectRunEvents } from "./ws/connect-run-events.ts";
export { type ConnectedWs, connectWs } from "./ws/connect-ws.ts";
export type { ConnectWsOptions } from "./ws/ws-link.ts";
