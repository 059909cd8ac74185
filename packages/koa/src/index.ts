export { createServer, type ServerOptions } from "./create-server.ts";
export type { RestOptions } from "./options.ts";
export { rest } from "./rest.ts";
export type { TlsOptions } from "./tls-files.ts";
