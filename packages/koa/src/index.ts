export { createServer, defaultServerOptions, type ServerOptions } from "./create-server.ts";
export { defaultRestOptions, type RestOptions } from "./options.ts";
export { rest } from "./rest.ts";
