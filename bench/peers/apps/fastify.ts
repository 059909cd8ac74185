import type { Readable } from "node:stream";
import { type Args, host, load, port, predict, serve, store } from "./node-app.ts";

interface FastifyRequest {
  readonly body: Args;
  file(): Promise<{ readonly file: Readable }>;
}

interface FastifyApp {
  register(plugin: unknown, options: object): void;
  post(path: string, options: object, handler: (request: FastifyRequest) => unknown): void;
  get(path: string, handler: () => unknown): void;
  listen(options: { readonly port: number; readonly host: string }): Promise<unknown>;
}

const app = load<() => FastifyApp>("fastify")();
app.register(load("@fastify/multipart"), { limits: { fileSize: 1024 ** 3 } });

const body = {
  type: "object",
  properties: {
    text: { type: "string", maxLength: 200, default: "" },
    n: { type: "integer", minimum: 1, maximum: 10, default: 3 },
    flag: { type: "boolean", default: false },
    ms: { type: "number", minimum: 0, maximum: 10_000, default: 0 },
  },
};
const answer = {
  type: "object",
  properties: {
    text: { type: "string" },
    n: { type: "integer" },
    flag: { type: "boolean" },
    size: { type: "integer" },
  },
};
const schema = { body, response: { 200: answer } };
app.post("/predict", { schema }, async (request) => predict(request.body));
app.post("/upload", { bodyLimit: 1024 ** 3, schema: { response: { 200: answer } } }, async (request) =>
  store((await request.file()).file),
);
app.get("/health", async () => ({ status: "ok" }));
serve(() => app.listen({ port, host }));
