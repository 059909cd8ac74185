// What an author wrote about a model. Any member may be anything.
import { isObject, type JsonValue, type ModelMetadata } from "@deepaas/core";

export interface ModelLink {
  readonly title: string;
  readonly href: string;
}

/** Returns the text of a member; undefined if it is empty or says nothing. */
export function textOf(value: JsonValue | undefined): string | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  if (isObject(value)) return textOf(value.name) ?? JSON.stringify(value);
  if (Array.isArray(value)) return textOf(value.map(textOf).filter(Boolean).join(", "));
  return String(value);
}

/** The name for people; the name under which the model is served if the author gave none. */
export function titleOf({ name, servedAs }: ModelMetadata): string {
  return textOf(name) ?? servedAs;
}

/** Returns the links that may be followed: only those of the web, because an author's text may hold any address. */
export function linksOf({ url, links, license_url, homepage }: ModelMetadata): readonly ModelLink[] {
  const given = [url, homepage, license_url, ...(Array.isArray(links) ? links : [links])];
  const found = given.flatMap((one) => linkFrom(one ?? null));
  return found.filter(({ href }, at) => found.findIndex((other) => other.href === href) === at);
}

function linkFrom(value: JsonValue): readonly ModelLink[] {
  const [href, title] = isObject(value)
    ? [value.href ?? value.url, textOf(value.title ?? value.rel)]
    : [value, undefined];
  if (typeof href !== "string" || !/^https?:\/\//i.test(href) || !URL.canParse(href)) return [];
  return [{ href, title: title ?? new URL(href).host }];
}
