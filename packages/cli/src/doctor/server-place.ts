// Where a server is, as far as it may be shown: never its user, its password or the options of its URL.
import { DeepaasError, errorText } from "@deepaas/core";

const defaultPorts: Readonly<Record<string, string>> = {
  "postgres:": "5432",
  "postgresql:": "5432",
  "redis:": "6379",
  "rediss:": "6379",
};

/** Returns undefined if a password in the URL has a character that ends it early: then what seems to be the host is a secret. */
export function serverPlace(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hash !== "" || parsed.pathname.includes("@") || parsed.search.includes("@"))
    return undefined;
  const { hostname, port, pathname, protocol } = parsed;
  const host = hostname === "" ? "the local socket" : `${hostname}:${port || defaultPorts[protocol]}`;
  return `${host}${pathname === "/" ? "" : pathname}`;
}

export const unreadableUrl = "the URL of the server cannot be read";
export const unreadableUrlAdvice =
  "write special characters of its password as %40 for @, %2F for /, %23 for #, %3F for ?";

/** What the server or the network said, behind the driver's own words. */
export function reasonText(error: unknown): string {
  const own = errorText(error).replace(/\.$/, "");
  const { cause } = Object(error) as { readonly cause?: unknown };
  if (!DeepaasError.is(error) || cause === undefined) return own;
  // Of several addresses of one name, each has an error.
  const [first] = cause instanceof AggregateError ? (cause.errors as readonly unknown[]) : [cause];
  return `${own} (${errorText(first)})`;
}
