// The RPC endpoint, for servers and clients, as specified in `PROTOCOL.md`.
export { bearerTokenIn, toBearerProtocol } from "./bearer-protocol.ts";
export { type BinaryFrame, binaryFrameFrom, type FrameKind, frameKinds, toBinaryFrame } from "./binary-frame.ts";
export { type ChannelOptions, type Outgoing, RpcChannel } from "./rpc-channel.ts";
export { attachmentWindow, defaultCredit, maxFrameBytes, rpcPath, rpcSubprotocol } from "./rpc-limits.ts";
export {
  type CallId,
  errorFromWire,
  errorText,
  isCallId,
  messageFaults,
  notificationText,
  type RpcError,
  type RpcNote,
  type RpcNotifications,
} from "./rpc-messages.ts";
export { isRpcMethod, type RpcMethod, type RpcParams, rpcMethods, rpcParamIssues } from "./rpc-methods.ts";
export { rpcMessageSchemas } from "./rpc-schemas.ts";
export { BadMessage, type CloseFrame, type RpcSocket } from "./rpc-socket.ts";
export { dropFiles, sweepChannel } from "./sweep-channel.ts";
export { type FileRef, fromWire, mayRefer, plainWireText, toWire } from "./wire-values.ts";
