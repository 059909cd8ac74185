// The API described: as documents for programs, and as a page for people.
import { readFileSync } from "node:fs";
import type { ModelDescription } from "@deepaas/core";
import { type DocumentOptions, routes, toOpenApi, toSwagger } from "@deepaas/protocol";
import type { Context } from "koa";
import { pageHtml, pagePolicy } from "./api-page.ts";
import type { Door, Entry } from "./door.ts";
import { takesGzip, zip } from "./gzip-answer.ts";
import { HttpFault } from "./http-fault.ts";
import { type PageAsset, pageAsset, tagOf } from "./page-assets.ts";
import { callOf } from "./request-call.ts";

type ToDocument = (models: readonly ModelDescription[], options: DocumentOptions) => object;

export function documentRoutes(door: Door): readonly Entry[] {
  const { docEndpoint, basePath } = door.settings;
  const page = pageHtml(basePath);
  const documentEntry = (toDocument: ToDocument) => async (ctx: Context) => {
    const body = JSON.stringify(toDocument(await describeAll(ctx, door), documentOptions(door)));
    const zipped = takesGzip(ctx) && { gzipped: await zip(body) };
    writeTagged(ctx, {
      type: "application/json; charset=utf-8",
      tag: tagOf(body),
      bytes: Buffer.from(body),
      ...zipped,
    });
    ctx.vary("Accept-Encoding");
  };
  const whenDocumented = () => {
    if (!docEndpoint) throw new HttpFault(404, "Not Found");
  };
  return [
    [routes.swagger, documentEntry(toSwagger)],
    [routes.openApi, documentEntry(toOpenApi)],
    [
      routes.apiPage,
      (ctx) => {
        whenDocumented();
        ctx.set("Content-Security-Policy", pagePolicy);
        ctx.set("Referrer-Policy", "no-referrer");
        ctx.set("X-Frame-Options", "DENY");
        writeTagged(ctx, { type: "text/html; charset=utf-8", tag: tagOf(page), bytes: Buffer.from(page) });
      },
    ],
    [
      routes.apiAsset,
      async (ctx, { name }) => {
        whenDocumented();
        const asset = await pageAsset(name);
        if (!asset) throw new HttpFault(404, "Not Found");
        writeTagged(ctx, asset);
      },
    ],
  ];
}

async function describeAll(ctx: Context, { service }: Door): Promise<readonly ModelDescription[]> {
  const call = callOf(ctx);
  const models = await service.models(call);
  return Promise.all(models.map(({ servedAs }) => service.describe(servedAs, call)));
}

function documentOptions({ settings }: Door): DocumentOptions {
  const { basePath, predictEndpoint, trainEndpoint, docEndpoint, rawPredictions, securitySchemes } = settings;
  version ??= ownVersion();
  return { basePath, predictEndpoint, trainEndpoint, docEndpoint, rawPredictions, securitySchemes, version };
}

let version: string | undefined;

function ownVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** With an entity tag, by which the client's copy is known to be fresh (RFC 9110, section 13). */
function writeTagged(ctx: Context, { type, tag, bytes, gzipped }: PageAsset): void {
  const zipped = gzipped !== undefined && takesGzip(ctx);
  ctx.status = 200;
  ctx.set("Cache-Control", "no-cache");
  // Each encoding is a representation of its own.
  const etag = zipped ? `"${tag}-gzip"` : `"${tag}"`;
  ctx.set("ETag", etag);
  if (gzipped !== undefined) ctx.vary("Accept-Encoding");
  if (isKnown(ctx.get("If-None-Match"), etag)) {
    ctx.status = 304;
    return;
  }
  if (zipped) ctx.set("Content-Encoding", "gzip");
  ctx.set("Content-Type", type);
  ctx.body = zipped ? gzipped : bytes;
}

/** Not `ctx.fresh`: it takes the `no-cache` that `fetch` adds to a conditional request for a wish to get all of it again. */
function isKnown(header: string, etag: string): boolean {
  const tags = header.split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
