import { type Args, host, load, port, predict, serve } from "./node-app.ts";

interface Context {
  readonly req: { json(): Promise<Args>; parseBody(): Promise<Readonly<Record<string, File>>> };
  json(body: object): Response;
}

interface HonoApp {
  readonly fetch: unknown;
  post(path: string, handler: (context: Context) => Promise<Response>): void;
  get(path: string, handler: (context: Context) => Response): void;
}

const { Hono } = load<{ readonly Hono: new () => HonoApp }>("hono");
const nodeServer = load<{ serve(options: object): unknown }>("@hono/node-server");

const app = new Hono();
app.post("/predict", async (context) => context.json(predict(await context.req.json())));
app.post("/upload", async (context) => {
  const { file } = await context.req.parseBody();
  return context.json({ text: "", n: 3, flag: false, size: file?.size ?? 0 });
});
app.get("/health", (context) => context.json({ status: "ok" }));
serve(() => nodeServer.serve({ fetch: app.fetch, port, hostname: host }));
