// Parameters of our own routes, read from the query. Throws `invalid_args` for what cannot be one.
import { invalidArgs } from "@deepaas/core";
import type { Context } from "koa";

/** The first value under this name. */
export function queryText(ctx: Context, name: string): string | undefined {
  return queryTexts(ctx, name)[0];
}

export function queryTexts(ctx: Context, name: string): readonly string[] {
  return new URLSearchParams(ctx.querystring).getAll(name);
}

export function queryNumber(ctx: Context, name: string): number | undefined {
  const text = queryText(ctx, name);
  return text === undefined ? undefined : numberFrom(text, name);
}

/** `text` as a whole number of at least 0. */
export function numberFrom(text: string, name: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalidArgs(`/${name}`, "type", "Must be a whole number of at least 0.");
  return Number(text);
}

export function queryFlag(ctx: Context, name: string): boolean | undefined {
  const text = queryText(ctx, name);
  if (text === undefined || text === "true" || text === "false")
    return text === undefined ? undefined : text === "true";
  throw invalidArgs(`/${name}`, "type", "Must be true or false.");
}
