// What a client says it takes (RFC 9110, section 12.5.1), without the parameters of media types: a charset chooses nothing.
import { ownMediaType, problemMediaType } from "@deepaas/protocol";
import type { Context } from "koa";

/** The media ranges of the Accept header, in lower case, each with its parameters. */
function ranges(ctx: Context): readonly (readonly string[])[] {
  const parts = (ctx.headers.accept ?? "").toLowerCase().split(",");
  return parts.map((part) => part.split(";").map((one) => one.trim())).filter(([type]) => type !== "");
}

/** True when the header names `type` with a weight above zero. */
function names(ctx: Context, type: string): boolean {
  // Most headers do not hold it anywhere, and need not be taken apart.
  if (!ctx.headers.accept?.toLowerCase().includes(type)) return false;
  return ranges(ctx).some(([range, ...parameters]) => range === type && weightOf(parameters) > 0);
}

/** True when the client takes our shapes instead of V2's. */
export function wantsOwnShapes(ctx: Context): boolean {
  return names(ctx, ownMediaType);
}

/** True when it takes problem details for errors that V2 sends as text; `strictly`: also for those that V2 sends as JSON. */
export function wantsProblem(ctx: Context, options: { readonly strictly: boolean }): boolean {
  if (names(ctx, problemMediaType) || names(ctx, ownMediaType)) return true;
  return !options.strictly && names(ctx, "application/json");
}

export function wantsEventStream(ctx: Context): boolean {
  return names(ctx, "text/event-stream");
}

/** True when it takes JSON, ours or plain. */
export function takesJson(ctx: Context): boolean {
  return chosenMediaType(ctx, ["application/json", ownMediaType]) !== undefined;
}

/** True when the header names more than anything at all. */
export function narrowsMediaType(ctx: Context): boolean {
  return ranges(ctx).some(([type]) => type !== "*/*");
}

/** The offered type with the highest weight, then the one that was named most closely, then the first; undefined: none. */
export function chosenMediaType(ctx: Context, offered: readonly string[]): string | undefined {
  const weighed = ranges(ctx).map(([range = "", ...parameters]) => ({ range, weight: weightOf(parameters) }));
  let best: { readonly type: string; readonly weight: number; readonly closeness: number } | undefined;
  for (const type of offered) {
    const [closest] = weighed
      .map(({ range, weight }) => ({ type, weight, closeness: closenessOf(range, type.toLowerCase()) }))
      .filter(({ closeness }) => closeness > 0)
      .sort((a, b) => b.closeness - a.closeness);
    if (!closest || closest.weight === 0) continue;
    const better =
      !best || closest.weight > best.weight || (closest.weight === best.weight && closest.closeness > best.closeness);
    if (better) best = closest;
  }
  return best?.type;
}

function weightOf(parameters: readonly string[]): number {
  const weight = Number(
    parameters.map((one) => /^q\s*=\s*(\d(?:\.\d*)?)$/.exec(one)?.[1]).find((one) => one !== undefined) ?? 1,
  );
  return Math.min(weight, 1);
}

/** 3: the type itself; 2: a range of its kind, on either side; 1: anything; 0: something else. */
function closenessOf(range: string, type: string): number {
  if (range === type) return 3;
  if (range === "*/*") return 1;
  const [kind, sub] = range.split("/");
  const [offeredKind, offeredSub] = type.split("/");
  return kind === offeredKind && (sub === "*" || offeredSub === "*") ? 2 : 0;
}
