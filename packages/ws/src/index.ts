export { type CloseFrame, closeForRestart, closeNormally, closeOfError } from "./close-of-error.ts";
export { encodeEvent } from "./encode-event.ts";
export { type Closed, type TextSocket, type WatchRequest, watchOverSocket } from "./watch-over-socket.ts";
