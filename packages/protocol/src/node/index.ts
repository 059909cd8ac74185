export { type Access, type AccessOptions, type AccessRule, accessRule, type PublicUrl } from "./access.ts";
export type { Authenticate } from "./authenticate.ts";
export { type ClientAddress, clientAddress } from "./client-address.ts";
export { isLoopback } from "./networks.ts";
