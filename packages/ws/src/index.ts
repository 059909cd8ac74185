export type { KeptFile, RpcOptions } from "./rpc/rpc-options.ts";
export { type RpcConnection, type RpcEndpoint, rpcOverSocket } from "./rpc/rpc-over-socket.ts";
export { type Closed, type TextSocket, type WatchRequest, watchOverSocket } from "./watch-over-socket.ts";
