// Figures that both sides of an RPC connection know without asking: `PROTOCOL.md`, "Limits".

/** The sub-protocol that a client offers (RFC 6455, section 1.9). */
export const rpcSubprotocol = "deepaas.v2";
/** Where the endpoint is, after the base path. */
export const rpcPath = "/v2/ws";
/** No frame is larger, in bytes. A longer message, and the content of a file, goes in several. */
export const maxFrameBytes = 1_048_576;
/** Bytes of one attachment that may be under way before the receiver has taken them. */
export const attachmentWindow = 1_048_576;
/** Bytes of content in one binary frame: small enough that other messages get their turn between two. */
export const partBytes = 131_072;
/** Items and events that a client lets come before it has taken any, when it does not say how many. */
export const defaultCredit = 256;
