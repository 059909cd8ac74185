// Slashes as in the original (aiohttp's normalize_path_middleware): doubled ones are merged, a missing one at the end is
// added, none is removed.
import { DeepaasError, type ModelService } from "@deepaas/core";
import type Router from "@koa/router";
import type { Context } from "koa";
import { beginAnswer } from "./answer-head.ts";
import type { Door } from "./door.ts";
import { callOf } from "./request-call.ts";
import { writeText } from "./write-json.ts";

/** Answers 308, and gives true, when the path would be a route with other slashes for this method, of a model that is served. */
export async function redirectSlashes(ctx: Context, router: Router, door: Door): Promise<boolean> {
  const { path, method } = ctx;
  const merged = path.replace(/\/{2,}/g, "/");
  const found = [merged, `${path}/`, `${merged}/`].find((one) => one !== path && router.match(one, method).route);
  // A single slash at the start: two would send the client to another host.
  if (found === undefined || found.startsWith("//")) return false;
  beginAnswer(ctx, door.settings);
  const [, model] = /\/v2\/models\/([^/]+)\//.exec(found) ?? [];
  if (model !== undefined && !(await isServed(ctx, model, door.service))) return false;
  ctx.set("Location", found + ctx.search);
  writeText(ctx, 308, "308: Permanent Redirect");
  return true;
}

/** In doubt it is: then the route says what is wrong. */
async function isServed(ctx: Context, model: string, service: ModelService): Promise<boolean> {
  try {
    await service.describe(model, callOf(ctx));
  } catch (error) {
    return !(DeepaasError.is(error) && error.code === "not_found");
  }
  return true;
}
