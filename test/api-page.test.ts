// The page at `/api` in a real browser: it shows the model, follows its own content security policy, and requests nothing from other hosts.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createHost, defineModel, type Fields, FileField, type Models, Type, withDefault } from "@deepaas/core";
import { rest } from "@deepaas/koa";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { openBrowser, openPage } from "./support/browser.ts";
import { chromium, domAt } from "./support/chromium.ts";
import { guardedServer, tokenWith } from "./support/guarded-server.ts";

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
  readonly fill?: Readonly<Record<string, string>>;
  readonly models?: Models;
  /** Called with the method and the body of each request. */
  readonly seen?: (method: string | undefined, body: string) => void;
}

async function visit({
  planted = "",
  awaited = "how many readings",
  models = { reader },
  seen,
  ...options
}: VisitOptions = {}): Promise<Visit> {
  const host = await createHost({ models });
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
  const server = createServer((req, res) => {
    if (seen) copyOf(req, seen);
    void handle(req, res);
  }).listen(0, "127.0.0.1");
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

/** Without reading the request: that is left to the server. */
function copyOf(req: IncomingMessage, seen: NonNullable<VisitOptions["seen"]>): void {
  const push = req.push.bind(req);
  let body = "";
  req.push = (chunk: Buffer | null, ...rest) => {
    if (chunk === null) seen(req.method, body);
    else body += chunk.toString("latin1");
    return push(chunk, ...rest);
  };
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

const everyKind = {
  urls: { type: "array", items: { type: "string" }, required: false },
  classes: { type: "array", items: { type: "string" }, default: ["cat", "dog"] },
  threshold: { type: "number", required: false },
  count: { type: "integer", default: 5 },
  strict: { type: "boolean", required: false },
  day: { type: "string", format: "date", required: false },
  mode: { type: "string", enum: ["fast", "slow"], required: false },
  label: { type: "string", required: false },
  options: { type: "object", required: false },
} as unknown as Fields;

inBrowser.each([
  ["a form", { ...everyKind, picture: FileField({ required: false }) }],
  ["JSON", everyKind],
] as const)(
  "Execute sends %s with nothing that its user did not give (needs chromium)",
  async (_what, fields) => {
    const bodies: string[] = [];
    const silent = defineModel({
      getPredictArgs: () => fields,
      getTrainArgs: () => fields,
      predict: () => 1,
      train: () => 1,
    });
    const seen = (method: string | undefined, body: string) => void (method === "POST" && bodies.push(body));
    const { dom } = await visit({
      models: { reader: silent },
      seen,
      awaited: "Server response",
      click: ".btn.execute",
    });
    expect(dom).toContain("Execute");
    expect(bodies.length).toBeGreaterThan(0);
    for (const body of bodies) {
      const given = body.startsWith("{") ? Object.keys(JSON.parse(body) as object) : body.match(/name="[^"]*"/g);
      expect(given ?? []).toEqual([]);
    }
  },
  60_000,
);

inBrowser(
  "Execute sends the fields of a form that its user filled, and only them (needs chromium)",
  async () => {
    const bodies: string[] = [];
    const fields = { ...everyKind, picture: FileField({ required: false }) };
    const silent = defineModel({ getPredictArgs: () => fields, predict: () => 1 });
    await visit({
      models: { reader: silent },
      seen: (method, body) => void (method === "POST" && bodies.push(body)),
      fill: {
        '[data-property-name="label"] input': "typed by a user",
        '[data-property-name="threshold"] input': "0.5",
      },
      awaited: "typed by a user",
      click: ".btn.execute",
    });
    const last = bodies.at(-1) ?? "";
    expect(last.match(/name="[^"]*"/g)?.toSorted()).toEqual(['name="label"', 'name="threshold"']);
    expect(last).toContain("typed by a user");
  },
  60_000,
);

describe.skipIf(!chromium && !process.env.CI)("with callers (needs chromium)", () => {
  test("after Authorize it shows the models that the caller may see, and after Logout none", async () => {
    await using served = await guardedServer();
    await using browser = await openBrowser();
    await using watched = await openPage(browser);
    const { page } = watched;
    await page.goto(`${served.url}/api`);
    const predict = page.locator('[data-path="/v2/models/open/predict/"]');
    await page.getByText("Health", { exact: false }).first().waitFor();
    expect(await predict.count()).toBe(0);
    await page.getByRole("button", { name: "Authorize" }).click();
    await page.getByLabel("auth-bearer-value").fill(tokenWith("predict"));
    await page.getByRole("button", { name: "Apply credentials" }).first().click();
    await predict.first().waitFor();
    await page.getByRole("button", { name: "Remove authorization" }).click();
    await predict.first().waitFor({ state: "detached" });
  });
});
