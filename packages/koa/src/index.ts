export { createServer, defaultServerOptions, type ServerOptions } from "./create-server.ts";
export { rest } from "./rest.ts";
export { defaultRestOptions, type RestOptions } from "./rest-options.ts";
