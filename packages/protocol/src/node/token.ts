// The bearer token of a request, and what may be said about it: a token must not be in a log or an error.
import type { IncomingMessage } from "node:http";
import { DeepaasError, type ErrorData, errorText } from "@deepaas/core";
import { bearerTokenIn, toBearerProtocol } from "../rpc/bearer-protocol.ts";

/** A grant is the only token that may stand in a URL: it expires, and it can only read one run. */
const grantPattern = /^grant\.[\w.~-]+$/;
const bearerPattern = /^Bearer +([\w.~+/-]+=*) *$/i;
/** One of these would add lines to a log or headers to a request. */
const controlCharacter = /\p{Cc}/u;

/**
 * Returns the token that a client sent, or undefined: from `Authorization: Bearer` (RFC 6750, section 2.1), else from the
 * sub-protocol in which a browser sends it with a WebSocket handshake, else, with GET and HEAD, the grant in the query
 * parameter `grant`.
 */
export function tokenOf({ headers, method, url }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  const bearer = authorization === undefined ? undefined : bearerPattern.exec(authorization)?.[1];
  if (bearer !== undefined) return bearer;
  const offered = headers["sec-websocket-protocol"];
  const token = offered === undefined ? undefined : bearerTokenIn(offered);
  if (token !== undefined && !controlCharacter.test(token)) return token;
  return method === "GET" || method === "HEAD" ? grantIn(url ?? "") : undefined;
}

/** Returns the grant in the query of a URL, or undefined if there is none, if it is malformed or if there are several. */
export function grantIn(url: string): string | undefined {
  const queryAt = url.indexOf("?");
  if (queryAt < 0 || !url.includes("grant=", queryAt)) return undefined;
  const [grant, another] = new URLSearchParams(url.slice(queryAt)).getAll("grant");
  return grant !== undefined && another === undefined && grantPattern.test(grant) ? grant : undefined;
}

/** Returns the value of `WWW-Authenticate` of a response with 401 (RFC 6750, section 3): it says if the token was refused. */
export function bearerChallenge(request: IncomingMessage): string {
  const wasSent = tokenOf(request) !== undefined || /^Bearer\b/i.test(request.headers.authorization ?? "");
  return wasSent ? 'Bearer error="invalid_token"' : "Bearer";
}

/**
 * Returns an error that was thrown with the token at hand, for a response or a log: a `DeepaasError`, or an Error with the
 * message, the stack and the causes of the thrown one. Where they had the token they have `[token]`.
 */
export function withoutToken(error: unknown, token: string | undefined, depth = 4): unknown {
  const secrets = token === undefined ? [] : [token, toBearerProtocol(token)];
  const hide = (text: string) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "[token]"), text);
  if (DeepaasError.is(error)) {
    const hidden = (_name: string, value: unknown) => (typeof value === "string" ? hide(value) : value);
    return DeepaasError.from(JSON.parse(JSON.stringify(error.toData()), hidden) as ErrorData);
  }
  const text = error instanceof Error ? error.message : errorText(error);
  const hasCause = error instanceof Error && error.cause !== undefined && depth > 0;
  const copy = new Error(hide(text), hasCause ? { cause: withoutToken(error.cause, token, depth - 1) } : {});
  if (error instanceof Error) {
    copy.name = error.name;
    copy.stack = hide(error.stack ?? text);
  }
  return copy;
}
