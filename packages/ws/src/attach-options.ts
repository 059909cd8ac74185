// What `attachWs` takes, checked once: an unknown option is an error.
import type { IncomingMessage } from "node:http";
import { type Caller, type Logger, rejectUnknownOptions, silentLogger } from "@deepaas/core";
import { defaultRpcOptions } from "./rpc/rpc-options.ts";

export type Authenticate = (
  request: IncomingMessage,
  token: string | undefined,
) => Caller | undefined | Promise<Caller | undefined>;

export interface AttachWsOptions {
  /** Where the API starts, the same as the REST adapter's: "" or "/some/path". Default "". */
  readonly basePath?: string;
  /**
   * Which pages may connect, by their `Origin`: those of the same host, these hosts too (`["https://example.org"]`), or
   * any. What is not a browser sends no `Origin` and may always connect. Default "same-origin".
   */
  readonly origins?: "same-origin" | "any" | readonly string[];
  /**
   * What the `Host` of a handshake may be: "example.org" with any port, or "example.org:5000"; another is refused with 403.
   * Name the server's own where it is open to a browser, or a page whose name is made to point at it (DNS rebinding) passes for
   * one of its own. Default "any".
   */
  readonly allowedHosts?: "any" | readonly string[];
  /**
   * Says who connects, asked once for each connection, before the upgrade; what it gives is the `caller` of all its calls.
   * `token` is that of `Authorization: Bearer`, or of the sub-protocol by which a browser sends it (`PROTOCOL.md`, WS-57).
   * Undefined is refused with 401, a `DeepaasError` with its status, anything else that is thrown with 500. Default: who
   * connects may call, and calls have no `caller`.
   */
  readonly authenticate?: Authenticate;
  /** How long that may take, in milliseconds; then it is 401. Default 10,000, at least 1. */
  readonly authenticateMs?: number;
  /**
   * Handshakes a second, to both URLs together; after a quiet second so many may come at once. One more is refused with 503.
   * Default 1,000; 0: any number.
   */
  readonly maxConnectsPerSecond?: number;
  /** Connections at once, to both URLs together; one more is refused with 503. Default 1,000, at least 1. */
  readonly maxConnections?: number;
  /** A peer that gives no sign of life for two of these, in milliseconds, is dropped. Default 15,000; 0: never. */
  readonly heartbeatMs?: number;
  /** Bytes that may wait for one slow reader, plus one event; then the log is not read on. Default 262,144. */
  readonly maxBufferedBytes?: number;
  /** How long `close` waits for calls under way, and then for peers to answer, in milliseconds. Default 2,000. */
  readonly drainMs?: number;
  /** RPC calls under way at once on one connection; one more is `overloaded`. Default 1,000, at least 1. */
  readonly maxCalls?: number;
  /** Watches and streams among them. Default 1,000, at least 1. */
  readonly maxSubscriptions?: number;
  /** Files under way at once on one connection, in each direction; one more is `overloaded`. Default 64, at least 1. */
  readonly maxAttachments?: number;
  /** Bytes of the messages that are arriving in parts on one connection; more: 4413. Default 104,857,600, at least 1. */
  readonly maxMessageBytes?: number;
  /** Bytes of the files of one call; more is `too_large`. Default 104,857,600, at least 1. */
  readonly maxFileBytes?: number;
  /** A file or message that stands still for this long, in milliseconds, is given up. Default 30,000; 0: never. */
  readonly stallMs?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

export type WholeAttachWsOptions = Required<Omit<AttachWsOptions, "authenticate">> & {
  readonly authenticate: Authenticate | undefined;
};

export const defaultAttachWsOptions = {
  basePath: "",
  origins: "same-origin",
  allowedHosts: "any",
  authenticate: undefined,
  authenticateMs: 10_000,
  maxConnectsPerSecond: 1_000,
  maxConnections: 1_000,
  heartbeatMs: 15_000,
  maxBufferedBytes: 262_144,
  drainMs: 2_000,
  maxCalls: defaultRpcOptions.maxCalls,
  maxSubscriptions: defaultRpcOptions.maxSubscriptions,
  maxAttachments: defaultRpcOptions.maxAttachments,
  maxMessageBytes: defaultRpcOptions.maxMessageBytes,
  maxFileBytes: defaultRpcOptions.maxFileBytes,
  stallMs: defaultRpcOptions.stallMs,
  logger: silentLogger,
} as const satisfies WholeAttachWsOptions;

const least = {
  authenticateMs: 1,
  maxConnectsPerSecond: 0,
  maxConnections: 1,
  heartbeatMs: 0,
  maxBufferedBytes: 1,
  drainMs: 0,
  maxCalls: 1,
  maxSubscriptions: 1,
  maxAttachments: 1,
  maxMessageBytes: 1,
  maxFileBytes: 1,
  stallMs: 0,
} as const;
const maxTimerMs = 2 ** 31 - 1;

/** Throws a TypeError that names the option at fault. */
export function checkAttachWsOptions(options: AttachWsOptions): WholeAttachWsOptions {
  rejectUnknownOptions("attachWs", options, defaultAttachWsOptions);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const all: WholeAttachWsOptions = { ...defaultAttachWsOptions, ...given };
  for (const [name, minimum] of Object.entries(least) as [keyof typeof least, number][]) {
    if (Number.isSafeInteger(all[name]) && all[name] >= minimum && all[name] <= maxTimerMs) continue;
    throw new TypeError(`attachWs: ${name} is a whole number of at least ${minimum}, not ${String(all[name])}.`);
  }
  if (all.authenticate !== undefined && typeof all.authenticate !== "function") {
    throw new TypeError(`attachWs: authenticate is a function, not ${String(all.authenticate)}.`);
  }
  return {
    ...all,
    basePath: checkedBasePath(all.basePath),
    origins: checkedOrigins(all.origins),
    allowedHosts: checkedHosts(all.allowedHosts),
  };
}

function checkedBasePath(basePath: unknown): string {
  const path = typeof basePath === "string" ? basePath.replace(/\/+$/, "") : undefined;
  if (path === "" || (path?.startsWith("/") && !/[?#\s]/.test(path))) return path;
  throw new TypeError(`attachWs: basePath is "" or starts with a slash, not ${JSON.stringify(basePath)}.`);
}

function checkedOrigins(origins: unknown): Required<AttachWsOptions>["origins"] {
  if (origins === "same-origin" || origins === "any") return origins;
  if (Array.isArray(origins) && origins.every((one) => typeof one === "string" && URL.parse(one)?.origin === one)) {
    return [...origins];
  }
  throw new TypeError('attachWs: origins is "same-origin", "any" or a list such as ["https://example.org"].');
}

function checkedHosts(hosts: unknown): Required<AttachWsOptions>["allowedHosts"] {
  if (hosts === "any") return hosts;
  if (Array.isArray(hosts) && hosts.length > 0 && hosts.every((one) => typeof one === "string" && isHost(one))) {
    return hosts.map((one: string) => one.toLowerCase());
  }
  throw new TypeError('attachWs: allowedHosts is "any" or a list such as ["example.org", "127.0.0.1:5000", "[::1]"].');
}

function isHost(text: string): boolean {
  const url = URL.parse(`ws://${text}`);
  // The port of the scheme is left out of what was read.
  return url !== null && [url.host, `${url.hostname}:80`].includes(text.toLowerCase());
}
