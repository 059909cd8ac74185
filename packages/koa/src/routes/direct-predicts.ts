// Serves predicts with a JSON body before Koa: the same route, without a context, a router and middleware.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { isName } from "@deepaas/core";
import { routes } from "@deepaas/protocol";
import { acceptsEventStream } from "../request/accept.ts";
import { isJsonType, mediaTypeOf } from "../request/body.ts";
import { drain } from "../request/drain.ts";
import { writeResponse } from "../response/write-response.ts";
import { type Asked, accessOf, answer, startRequest } from "./answer.ts";
import { predictHandler } from "./predict-routes.ts";
import type { RouteContext } from "./route.ts";

/** Returns true if it answers the request; else nothing has happened to it. */
export type DirectPredicts = (req: IncomingMessage, res: ServerResponse) => boolean;

export function directPredicts(context: RouteContext): DirectPredicts {
  const { settings } = context;
  const { logger } = settings;
  const predict = predictHandler(context);
  const access = accessOf(routes.predict);
  const [start = "", suffix = ""] = (settings.basePath + routes.predict.path).split("{model}");

  const respond = async (asked: Asked, model: string): Promise<void> => {
    const { req, res } = asked;
    const started = startRequest(asked, settings);
    const { request } = started;
    request.askedModel = model;
    try {
      const handle = () => predict(request, { model });
      const response = await answer(started, { access, operation: "predict", handle }, settings);
      if (!response) return;
      const closing = !res.shouldKeepAlive;
      const drained = drain(req, { closing });
      if (closing) await drained;
      writeResponse(res, response, request.responseHeaders);
    } catch (error) {
      request.errorCode = "internal";
      const { requestId, path } = request;
      logger.error({ err: error, requestId, path }, "response could not be written");
      res.destroy();
    }
  };

  return (req, res) => {
    const { url = "", method, headers } = req;
    if (method !== "POST" || !url.startsWith(start) || url.includes("#") || !hasJson(headers)) return false;
    const queryAt = url.indexOf("?");
    const path = queryAt < 0 ? url : url.slice(0, queryAt);
    if (!path.endsWith(suffix)) return false;
    const model = path.slice(start.length, -suffix.length);
    // Koa decodes the names that have an escape, and finds the right path where a slash is missing.
    if (!isName("model", model) || acceptsEventStream(headers.accept)) return false;
    const querystring = queryAt < 0 ? "" : url.slice(queryAt + 1);
    void respond({ req, res, path, querystring }, model);
    return true;
  };
}

/** True for a JSON body of known length. */
function hasJson(headers: IncomingHttpHeaders): boolean {
  if (headers["content-length"] === undefined || headers["transfer-encoding"] !== undefined) return false;
  return isJsonType(mediaTypeOf(headers["content-type"] ?? ""));
}
