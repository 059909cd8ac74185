// The page at `/api` in a real browser: it shows the model, follows its own content security policy, and requests nothing from other hosts.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createHost, defineModel, FileField, Type, withDefault } from "@deepaas/core";
import { rest } from "@deepaas/koa";
import Koa from "koa";
import { expect, test } from "vitest";
import { chromium, domAt } from "./support/chromium.ts";

const inBrowser = test.skipIf(!chromium && !process.env.CI);
const basePath = "/some/base";

const reader = defineModel({
  getMetadata: () => ({ name: "Reader", description: "Reads <b>pages</b>." }),
  getPredictArgs: () => ({
    page: Type.Optional(FileField({ description: "one page" })),
    top: withDefault(Type.Integer({ minimum: 1, description: "how many readings" }), 3),
  }),
  predict: ({ top }) => `${top} readings`,
});

interface Visit {
  readonly dom: string;
  /** Violations of the policy that the browser reported. */
  readonly violations: readonly string[];
  readonly paths: readonly string[];
}

interface VisitOptions {
  /** Inserted into the page, as an attacker would do. */
  readonly planted?: string;
  readonly awaited?: string;
  readonly click?: string;
}

async function visit({ planted = "", awaited = "how many readings", ...options }: VisitOptions = {}): Promise<Visit> {
  const host = await createHost({ models: { reader } });
  const violations: string[] = [];
  const paths: string[] = [];
  const app = new Koa();
  app.use(async (ctx, next) => {
    if (ctx.path === "/violation") {
      violations.push(await text(ctx.req));
      ctx.status = 204;
      return;
    }
    paths.push(ctx.path);
    await next();
    if (ctx.path !== `${basePath}/api`) return;
    ctx.set("Content-Security-Policy", `${ctx.response.get("Content-Security-Policy")}; report-uri /violation`);
    ctx.body = String(ctx.body).replace("<body>", `<body>${planted}`);
  });
  app.use(rest(host, { basePath }));
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    const dom = await domAt(`http://127.0.0.1:${port}${basePath}/api#/predict/predict.reader`, awaited, options);
    return { dom, violations, paths };
  } finally {
    server.closeAllConnections();
    server.close();
    await host.close({ drainMs: 0 });
  }
}

inBrowser(
  "it shows the model's operation and arguments, below a base path, within its policy (needs chromium)",
  async () => {
    const { dom, violations, paths } = await visit();
    expect(violations).toEqual([]);
    // The policy forbids every other host, so its reports are complete.
    expect(paths.filter((path) => !path.startsWith(`${basePath}/`))).toEqual([]);
    expect(paths).toContain(`${basePath}/openapi.json`);
    expect(dom).toContain(`data-path="${basePath}/v2/models/reader/predict/"`);
    for (const shown of ["how many readings", "multipart/form-data", "Execute"]) expect(dom).toContain(shown);
    expect(dom).not.toContain("Failed to load");
  },
  60_000,
);

inBrowser(
  "what is planted in it neither runs nor leaves, and is reported (needs chromium)",
  async () => {
    const script = "<script>document.title = 'planted'</script>";
    const { dom, violations } = await visit({
      planted: `${script}<img src="https://elsewhere.example/x.png"><p style="color:red">x</p>`,
    });
    expect(dom).not.toContain("<title>planted</title>");
    expect(violations.some((one) => one.includes("elsewhere.example"))).toBe(true);
    expect(violations.some((one) => one.includes("script-src"))).toBe(true);
  },
  60_000,
);
