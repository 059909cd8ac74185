// Where an issuer may be: behind TLS, or on this machine for tests.
import { isLoopback } from "@deepaas/protocol/node";

/** True for an https URL without user, query and fragment, or an http one of a loopback host. */
export function isIssuerUrl(text: unknown): text is string {
  return typeof text === "string" && !/[?#\s]/.test(text) && isSafeUrl(text);
}

/** True for an https URL, or an http one of a loopback host. */
export function isSafeUrl(text: unknown): text is string {
  const url = typeof text === "string" ? URL.parse(text) : null;
  if (url === null || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackName(url.hostname));
}

function isLoopbackName(name: string): boolean {
  return name === "localhost" || isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
