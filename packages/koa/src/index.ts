export { createServer, type ServerOptions } from "./create-server.ts";
export type { RestOptions } from "./options.ts";
export { rest } from "./rest.ts";
