// The documents of the API, and the page that shows them.
import { readFileSync } from "node:fs";
import type { ModelDescription } from "@deepaas/core";
import { type DocumentOptions, routes, toOpenApi, toSwagger } from "@deepaas/protocol";
import { pageAsset } from "../api-page/assets.ts";
import { apiPageHeaders, pageHtml } from "../api-page/page.ts";
import { notFound } from "../http-error.ts";
import { acceptsGzip } from "../request/accept.ts";
import { callOptions, type HttpRequest } from "../request/http-request.ts";
import { gzipBytes } from "../response/gzip.ts";
import type { HttpResponse } from "../response/http-response.ts";
import { taggedResponse, tagOf } from "../response/tagged.ts";
import type { RouteContext, RouteEntry } from "./route.ts";

type ToDocument = (models: readonly ModelDescription[], options: DocumentOptions) => object;

export function documentRoutes(context: RouteContext): readonly RouteEntry[] {
  const { docEndpoint, basePath } = context.settings;
  const documentHandler = (toDocument: ToDocument) => async (request: HttpRequest) =>
    documentResponse(
      request,
      JSON.stringify(toDocument(await describeAll(request, context), documentOptions(request, context))),
      context.settings.authenticate ? ["Authorization"] : [],
    );
  const checkEnabled = () => {
    if (!docEndpoint) throw notFound();
  };
  return [
    [routes.swagger, documentHandler(toSwagger)],
    [routes.openApi, documentHandler(toOpenApi)],
    [
      routes.apiPage,
      (request) => {
        checkEnabled();
        const page = pageHtml(request.prefix + basePath);
        const content = { type: "text/html; charset=utf-8", tag: tagOf(page), bytes: Buffer.from(page) };
        const response = taggedResponse(request, content);
        return { ...response, headers: { ...response.headers, ...apiPageHeaders } };
      },
    ],
    [
      routes.apiAsset,
      async (request, { name }) => {
        checkEnabled();
        const asset = await pageAsset(name);
        if (!asset) throw notFound();
        return taggedResponse(request, asset);
      },
    ],
  ];
}

async function documentResponse(request: HttpRequest, text: string, vary: readonly string[]): Promise<HttpResponse> {
  const gzipped = acceptsGzip(request.req.headers["accept-encoding"]) ? await gzipBytes(text) : undefined;
  const content = { type: "application/json; charset=utf-8", tag: tagOf(text), bytes: Buffer.from(text), gzipped };
  return { ...taggedResponse(request, content), vary: ["Accept-Encoding", ...vary] };
}

/** Returns the models that the caller may see: none for a client without credentials. */
async function describeAll(
  request: HttpRequest,
  { service, settings }: RouteContext,
): Promise<readonly ModelDescription[]> {
  if (settings.authenticate && !request.caller) return [];
  const call = callOptions(request);
  const models = await service.models(call);
  return Promise.all(models.map(({ servedAs }) => service.describe(servedAs, call)));
}

function documentOptions({ prefix }: HttpRequest, { settings }: RouteContext): DocumentOptions {
  const { predictEndpoint, trainEndpoint, docEndpoint, rawPredictions, securitySchemes } = settings;
  const grants = settings.authenticate !== undefined;
  const basePath = prefix + settings.basePath;
  version ??= packageVersion();
  const ui = settings.ui !== undefined;
  const metrics = settings.metrics !== undefined;
  return {
    basePath,
    predictEndpoint,
    trainEndpoint,
    docEndpoint,
    ui,
    metrics,
    rawPredictions,
    securitySchemes,
    grants,
    version,
  };
}

let version: string | undefined;

function packageVersion(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
