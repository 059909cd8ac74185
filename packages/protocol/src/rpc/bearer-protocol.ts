// A token on a WebSocket handshake: browsers can set no header there, so it goes as one of the offered sub-protocols.

const prefix = "deepaas.bearer.";
const base64url = /^[A-Za-z0-9_-]+$/;

/** What a client offers beside `deepaas.v2`; a server never selects it, so it is not told back. */
export function toBearerProtocol(token: string): string {
  const text = String.fromCharCode(...new TextEncoder().encode(token));
  return prefix + btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The token in the value of `Sec-WebSocket-Protocol`; undefined: there is none, or it cannot be read. */
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
