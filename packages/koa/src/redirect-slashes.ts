// Slashes as in the original (aiohttp's normalize_path_middleware): doubled ones are merged, a missing one at the end is
// added, none is removed.
import type Router from "@koa/router";
import type { Context } from "koa";
import { setRequestId } from "./request-call.ts";
import { writeText } from "./write-json.ts";

/** Answers 308, and gives true, when the path would be a route with other slashes for this method. */
export function redirectSlashes(ctx: Context, router: Router): boolean {
  const { path, method } = ctx;
  const merged = path.replace(/\/{2,}/g, "/");
  const found = [merged, `${path}/`, `${merged}/`].find((one) => one !== path && router.match(one, method).route);
  // A single slash at the start: two would send the client to another host.
  if (found === undefined || found.startsWith("//")) return false;
  setRequestId(ctx);
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.set("Location", found + ctx.search);
  writeText(ctx, 308, "308: Permanent Redirect");
  return true;
}
