import { ownMediaType } from "@deepaas/protocol";
import type { Context } from "koa";

/** Compact UTF-8 JSON. */
export function writeJson(ctx: Context, value: unknown, type = "application/json; charset=utf-8"): void {
  ctx.set("Content-Type", type);
  ctx.body = JSON.stringify(value);
}

/** For an answer whose shape depends on the Accept header. */
export function varyAccept(ctx: Context): void {
  // As ctx.vary, which takes apart even what is not there.
  if (ctx.res.hasHeader("Vary")) ctx.vary("Accept");
  else ctx.res.setHeader("Vary", "Accept");
}

/** One of our own shapes, on a route that answers V2's otherwise. */
export function writeOwnJson(ctx: Context, value: unknown): void {
  writeJson(ctx, value, ownMediaType);
}

export function writeText(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.set("Content-Type", "text/plain; charset=utf-8");
  ctx.body = text;
}
