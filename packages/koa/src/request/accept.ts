// Content negotiation by the Accept and Accept-Encoding headers (RFC 9110, section 12.5). Parameters of media types, such as a
// charset, are ignored.
import { ownMediaType, problemMediaType } from "@deepaas/protocol";

interface WeightedRange {
  readonly range: string;
  readonly weight: number;
}

function rangesOf(header: string | undefined): readonly WeightedRange[] {
  const parts = (header ?? "").toLowerCase().split(",");
  return parts
    .map((part) => part.split(";").map((one) => one.trim()))
    .map(([range = "", ...parameters]) => ({ range, weight: weightOf(parameters) }))
    .filter(({ range }) => range !== "");
}

function weightOf(parameters: readonly string[]): number {
  const weights = parameters.map((one) => /^q\s*=\s*(\d(?:\.\d*)?)$/.exec(one)?.[1]);
  return Math.min(Number(weights.find((one) => one !== undefined) ?? 1), 1);
}

/** True if the header names `type` itself, with a weight above zero. */
function names(accept: string | undefined, type: string): boolean {
  // Hot path: most headers do not contain the type anywhere.
  if (!accept?.toLowerCase().includes(type)) return false;
  return rangesOf(accept).some(({ range, weight }) => range === type && weight > 0);
}

/** True if the client accepts the shapes of this project instead of those of DEEPaaS V2. */
export function acceptsOwnShapes(accept: string | undefined): boolean {
  return names(accept, ownMediaType);
}

/** True if the client accepts problem details. `insteadOfJson`: also for an error that DEEPaaS V2 sends as JSON, not as text. */
export function acceptsProblem(
  accept: string | undefined,
  { insteadOfJson }: { readonly insteadOfJson: boolean },
): boolean {
  if (names(accept, problemMediaType) || names(accept, ownMediaType)) return true;
  return !insteadOfJson && names(accept, "application/json");
}

export function acceptsEventStream(accept: string | undefined): boolean {
  return names(accept, "text/event-stream");
}

export function acceptsJson(accept: string | undefined): boolean {
  return negotiate(accept, ["application/json", ownMediaType]) !== undefined;
}

/** True if the client wants HTML rather than JSON, as a browser does that opens an address. */
export function prefersHtml(accept: string | undefined): boolean {
  return negotiate(accept, ["application/json", "text/html"]) === "text/html";
}

/** True if the header names more than "anything". */
export function isSpecific(accept: string | undefined): boolean {
  return rangesOf(accept).some(({ range }) => range !== "*/*");
}

/** True if the client prefers gzip over no encoding. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const ranges = rangesOf(acceptEncoding);
  const weight = (name: string) => ranges.find(({ range }) => range === name)?.weight;
  const any = weight("*");
  const gzip = weight("gzip") ?? any ?? 0;
  const isPreferred = (identity: number) => gzip > 0 && gzip >= identity;
  return isPreferred(weight("identity") ?? any ?? 0);
}

/** Returns the offered type with the highest weight, then the closest match, then the first. Undefined if none matches. */
export function negotiate(accept: string | undefined, offered: readonly string[]): string | undefined {
  const ranges = rangesOf(accept);
  let best: { readonly type: string; readonly weight: number; readonly closeness: number } | undefined;
  for (const type of offered) {
    const [closest] = ranges
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

/** 3: the type itself; 2: a range such as `image/*`, on either side; 1: anything; 0: no match. */
function closenessOf(range: string, type: string): number {
  if (range === type) return 3;
  if (range === "*/*") return 1;
  const [kind, sub] = range.split("/");
  const [offeredKind, offeredSub] = type.split("/");
  return kind === offeredKind && (sub === "*" || offeredSub === "*") ? 2 : 0;
}
