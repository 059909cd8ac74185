export { type Access, type AccessOptions, type AccessRule, accessRule, type PublicUrl } from "./access.ts";
export { isLoopback } from "./networks.ts";
