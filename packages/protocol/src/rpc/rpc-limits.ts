// Limits of both sides of an RPC connection: `PROTOCOL.md`, "Limits".

/** The sub-protocol that a client offers (RFC 6455, section 1.9). */
export const rpcSubprotocol = "deepaas.v2";
/** Path of the endpoint after the base path. */
export const rpcPath = "/v2/ws";
/** Largest frame, in bytes. A longer message and the content of a file are sent in several frames. */
export const maxFrameBytes = 1_048_576;
/** Bytes of one attachment that may be sent before the receiver acknowledges them. */
export const attachmentWindow = 1_048_576;
/** Content of one binary frame, in bytes: small, so that other messages are sent between two frames. */
export const partBytes = 131_072;
/** Items and events that a server may send before the client grants more, if the client does not choose. */
export const defaultCredit = 256;
