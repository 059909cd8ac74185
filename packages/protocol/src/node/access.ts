// Which requests of web pages a server accepts: REST requests and WebSocket handshakes alike. It refuses cross-site request
// forgery (a page of another origin acts) and DNS rebinding (a foreign name resolves to this server, so that a page of that
// name is same-origin).
import type { IncomingMessage } from "node:http";
import { DeepaasError } from "@deepaas/core";
import { isLoopback, trustedPeers } from "./networks.ts";

export interface AccessOptions {
  /**
   * Origins of pages that may call this server and read its responses: those of the same host, additional ones
   * (`["https://example.org"]`), or any. A client that is not a browser sends no `Origin` and is not restricted. Default
   * "same-origin".
   */
  readonly origins?: "same-origin" | "any" | readonly string[];
  /**
   * Allowed values of the `Host` header: "example.org" with any port, or "example.org:5000"; others are refused with 403.
   * Default: a connection to a loopback address may name only loopback hosts (`localhost`, `127.0.0.1`, `[::1]`); a
   * connection to another address may name any.
   */
  readonly allowedHosts?: "any" | readonly string[];
  /**
   * Addresses and networks of reverse proxies, such as "127.0.0.1" or "10.0.0.0/8". Only from them `X-Forwarded-Host`,
   * `X-Forwarded-Proto` and `X-Forwarded-Prefix` are read; of a list the last value. Default none.
   */
  readonly trustProxy?: readonly string[];
}

/** What the client of a request sees of this server. */
export interface PublicUrl {
  /** Value of the `Host` header that the client sent; "" if it sent none. */
  readonly host: string;
  /** "http" or "https"; undefined if it is unknown. */
  readonly proto: string | undefined;
  /** Prefix of the path that a proxy removed: "" or "/some/path". */
  readonly prefix: string;
}

export interface Access {
  readonly url: PublicUrl;
  /** Why the request is refused: `invalid_args` (400) or `permission_denied` (403). */
  readonly refusal?: DeepaasError;
}

/** `acts`: the request changes something or opens a WebSocket, so its origin is checked too. */
export type AccessRule = (request: IncomingMessage, acts: boolean) => Access;

const prefixPattern = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/** Throws a TypeError that starts with `caller` for an invalid option. */
export function accessRule(caller: string, options: AccessOptions): AccessRule {
  const origins = checkedOrigins(caller, options.origins ?? "same-origin");
  const allowedHosts = checkedHosts(caller, options.allowedHosts);
  const isTrusted = trustedPeers(caller, options.trustProxy ?? []);

  const publicUrl = (request: IncomingMessage): PublicUrl => {
    const { headers, socket } = request;
    const host = headers.host ?? "";
    if (!isTrusted(socket.remoteAddress)) return { host, proto: isEncrypted(socket) ? "https" : undefined, prefix: "" };
    const prefix = lastOf(headers["x-forwarded-prefix"])?.replace(/\/+$/, "") ?? "";
    return {
      host: lastOf(headers["x-forwarded-host"]) ?? host,
      proto: lastOf(headers["x-forwarded-proto"])?.toLowerCase(),
      prefix: prefixPattern.test(prefix) ? prefix : "",
    };
  };

  const isListed = (host: string) => {
    const given = host.toLowerCase();
    return allowedHosts !== undefined && (allowedHosts.includes(given) || allowedHosts.includes(nameOf(given)));
  };

  const isAllowedHost = ({ headers, socket }: IncomingMessage, { host }: PublicUrl): boolean => {
    if (allowedHosts === "any") return true;
    if (allowedHosts !== undefined && !isListed(host)) return false;
    // Also behind a proxy on this machine, because a browser on this machine has the same address.
    const { host: own } = headers;
    // A client without a `Host` is not a browser.
    return own === undefined || !isLoopbackAddress(socket.localAddress) || isLoopbackHost(own) || isListed(own);
  };

  const isAllowedOrigin = (request: IncomingMessage, { host, proto }: PublicUrl): boolean => {
    const { origin } = request.headers;
    if (origins === "any") return true;
    if (origin === undefined) {
      // A browser that sends no `Origin` with this request still says where it is from.
      const site = request.headers["sec-fetch-site"];
      return site === undefined || site === "same-origin" || site === "none";
    }
    const page = URL.parse(origin);
    // The scheme is not compared if it is unknown: behind a proxy that terminates TLS it differs.
    const isOwn =
      page !== null &&
      host !== "" &&
      page.host === normalHost(host, page.protocol) &&
      (proto === undefined || page.protocol === `${proto}:`);
    return isOwn || (origins !== "same-origin" && origins.includes(origin));
  };

  return (request, acts) => {
    const url = publicUrl(request);
    const refused = (code: "invalid_args" | "permission_denied", message: string): Access => ({
      url,
      refusal: new DeepaasError(code, message),
    });
    if (countOfHosts(request.rawHeaders) > 1) return refused("invalid_args", "More than one Host header.");
    if (!isAllowedHost(request, url)) {
      return refused("permission_denied", "Host not allowed. The option allowedHosts lists the allowed ones.");
    }
    if (acts && !isAllowedOrigin(request, url)) {
      return refused("permission_denied", "Origin not allowed. The option origins lists the allowed ones.");
    }
    return { url };
  };
}

function isEncrypted(socket: object): boolean {
  return "encrypted" in socket && socket.encrypted === true;
}

/** Node.js keeps only the first of several `Host` headers in `headers`. */
function countOfHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (name.length === 4 && name.toLowerCase() === "host") count++;
  }
  return count;
}

function lastOf(header: string | readonly string[] | undefined): string | undefined {
  const last = header === undefined ? undefined : String(header).split(",").at(-1)?.trim();
  return last === "" ? undefined : last;
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}

/** Leaves out the default port, as `URL` does. */
function normalHost(host: string, protocol: string): string {
  return URL.parse(`${protocol}//${host}`)?.host ?? host.toLowerCase();
}

const isLoopbackHost = rememberLast((host: string) => {
  const name = /^[^@/?#\\\s]+$/.test(host) ? URL.parse(`http://${host}`)?.hostname : undefined;
  if (name === undefined) return false;
  // A connection to an unspecified address goes to loopback.
  if (["localhost", "0.0.0.0", "[::]"].includes(name) || name.endsWith(".localhost")) return true;
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
});

const isLoopbackAddress = rememberLast((address: string | undefined) => address !== undefined && isLoopback(address));

/** Requests of one connection, and most others, have the same host and address. */
function rememberLast<T>(test: (value: T) => boolean): (value: T) => boolean {
  let last: { readonly value: T; readonly result: boolean } | undefined;
  return (value) => {
    if (last === undefined || last.value !== value) last = { value, result: test(value) };
    return last.result;
  };
}

function checkedOrigins(caller: string, origins: unknown): "same-origin" | "any" | readonly string[] {
  if (origins === "same-origin" || origins === "any") return origins;
  if (Array.isArray(origins) && origins.every((one) => typeof one === "string" && URL.parse(one)?.origin === one)) {
    return [...origins];
  }
  throw new TypeError(`${caller}: origins must be "same-origin", "any" or a list such as ["https://example.org"].`);
}

function checkedHosts(caller: string, hosts: unknown): "any" | readonly string[] | undefined {
  if (hosts === undefined || hosts === "any") return hosts;
  if (Array.isArray(hosts) && hosts.length > 0 && hosts.every((one) => typeof one === "string" && isHost(one))) {
    return hosts.map((one: string) => one.toLowerCase());
  }
  throw new TypeError(
    `${caller}: allowedHosts must be "any" or a list such as ["example.org", "127.0.0.1:5000", "[::1]"].`,
  );
}

function isHost(text: string): boolean {
  const url = URL.parse(`http://${text}`);
  // `URL` leaves out the default port.
  return url !== null && [url.host, `${url.hostname}:80`].includes(text.toLowerCase());
}
