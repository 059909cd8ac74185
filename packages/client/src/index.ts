export { type ConnectedService, connectRest } from "./connect-rest.ts";
export { defaultKeepWatching, type KeepWatchingOptions, keepWatching } from "./keep-watching.ts";
export type { ConnectRestOptions } from "./rest-call.ts";
