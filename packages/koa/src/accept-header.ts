// What a client says it takes. Koa negotiates; this only finds out what was named, since `*/*` asks for nothing special.
import { ownMediaType, problemMediaType } from "@deepaas/protocol";
import type { Context } from "koa";

/** The media types that the Accept header names with a weight above zero, in lower case, ranges included. */
function named(ctx: Context): ReadonlySet<string> {
  const parts = (ctx.headers.accept ?? "").toLowerCase().split(",");
  const weighed = parts.map((part) => part.split(";").map((one) => one.trim()));
  const wanted = weighed.filter(([, ...parameters]) => !parameters.some((one) => /^q\s*=\s*0(?:\.0*)?$/.test(one)));
  return new Set(wanted.map(([type = ""]) => type).filter((type) => type !== ""));
}

/** True when the client takes our shapes instead of V2's. */
export function wantsOwnShapes(ctx: Context): boolean {
  return named(ctx).has(ownMediaType);
}

/** True when it takes problem details for errors that V2 sends as text; `strictly`: also for those that V2 sends as JSON. */
export function wantsProblem(ctx: Context, options: { readonly strictly: boolean }): boolean {
  const types = named(ctx);
  if (types.has(problemMediaType) || types.has(ownMediaType)) return true;
  return !options.strictly && types.has("application/json");
}

export function wantsEventStream(ctx: Context): boolean {
  return named(ctx).has("text/event-stream");
}

/** True when the header narrows the choice of media type: it is there, and names more than anything at all. */
export function narrowsMediaType(ctx: Context): boolean {
  const types = [...named(ctx)];
  return types.length > 0 && types.some((type) => type !== "*/*");
}
