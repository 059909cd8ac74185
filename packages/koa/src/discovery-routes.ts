import { routes, toV2Metadata, toV2Version, toV2Versions } from "@deepaas/protocol";
import { wantsOwnShapes } from "./accept-header.ts";
import type { Door, Entry } from "./door.ts";
import { HttpFault } from "./http-fault.ts";
import { callOf } from "./request-call.ts";
import { writeJson, writeOwnJson, writeText } from "./write-json.ts";

/** What is served here. */
export function discoveryRoutes({ service, settings }: Door): readonly Entry[] {
  const { basePath, docEndpoint, debugOutput } = settings;
  return [
    [routes.versions, (ctx) => writeJson(ctx, toV2Versions(basePath, { help: docEndpoint }))],
    [routes.version, (ctx) => writeJson(ctx, toV2Version(basePath))],
    [
      routes.models,
      async (ctx) => {
        const models = await service.models(callOf(ctx));
        ctx.vary("Accept");
        if (wantsOwnShapes(ctx)) return writeOwnJson(ctx, models);
        return writeJson(ctx, { models: models.map((one) => toV2Metadata(one, basePath)) });
      },
    ],
    [
      routes.model,
      async (ctx, { model }) => {
        const { metadata } = await service.describe(model, callOf(ctx));
        ctx.vary("Accept");
        return wantsOwnShapes(ctx) ? writeOwnJson(ctx, metadata) : writeJson(ctx, toV2Metadata(metadata, basePath));
      },
    ],
    [routes.schema, async (ctx, { model }) => writeJson(ctx, await service.describe(model, callOf(ctx)))],
    [
      routes.debug,
      async (ctx) => {
        if (debugOutput) writeText(ctx, 200, await debugOutput());
        else ctx.status = 204;
      },
    ],
    [
      routes.ui,
      (ctx) => {
        if (!docEndpoint) throw new HttpFault(404, "Not Found");
        ctx.set("Location", basePath + routes.apiPage.path);
        writeText(ctx, 302, "302: Found");
      },
    ],
  ];
}
