export { type Access, type AccessOptions, type AccessRule, accessRule, type PublicUrl } from "./access.ts";
export type { Authenticate } from "./authenticate.ts";
export { type CallerOptions, callerOf } from "./caller-of.ts";
export { type ClientAddress, clientAddress } from "./client-address.ts";
export { isLoopback } from "./networks.ts";
export { noteOpenWs, noteRestAuthenticates } from "./server-access.ts";
export { bearerChallenge, grantIn, tokenOf } from "./token.ts";
