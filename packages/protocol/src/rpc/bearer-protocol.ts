// A bearer token in a WebSocket handshake: a browser cannot set headers, so it is sent as a sub-protocol.

const prefix = "deepaas.bearer.";
const base64url = /^[A-Za-z0-9_-]+$/;

/** Returns the sub-protocol that a client offers beside `deepaas.v2`. A server never selects it, so it is not sent back. */
export function toBearerProtocol(token: string): string {
  const text = String.fromCharCode(...new TextEncoder().encode(token));
  return prefix + btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** Returns the token in a `Sec-WebSocket-Protocol` header, or undefined if there is none or it is malformed. */
export function bearerTokenIn(offered: string): string | undefined {
  const entry = offered
    .split(",")
    .map((one) => one.trim())
    .find((one) => one.startsWith(prefix));
  const encoded = entry?.slice(prefix.length);
  if (encoded === undefined || !base64url.test(encoded)) return undefined;
  try {
    const text = atob(encoded.replace(/-/g, "+").replace(/_/g, "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(text, (one) => one.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
