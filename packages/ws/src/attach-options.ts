// The options of `attachWs`. An unknown option is an error.
import { consoleLogger, type Logger, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";
import type { AdapterObserver } from "@deepaas/core/ports";
import { adapterObserver } from "@deepaas/protocol";
import { type AccessOptions, type AccessRule, type Authenticate, accessRule } from "@deepaas/protocol/node";
import { defaultRpcOptions } from "./rpc/rpc-options.ts";

export interface AttachWsOptions extends AccessOptions {
  /** Prefix of both URLs, as of the REST adapter: "" or "/some/path". Default "". */
  readonly basePath?: string;
  /**
   * Returns the caller of a connection; called once, before the upgrade. `token` is from `Authorization: Bearer`, or from the
   * sub-protocol in which a browser sends it (`PROTOCOL.md`, WS-57). Undefined is refused with 401, a `DeepaasError` with its
   * status, any other error with 500. Default: every client may connect, and its calls have no `caller`.
   */
  readonly authenticate?: Authenticate;
  /** Timeout of `authenticate`, in milliseconds; then 401. Default 10,000, at least 1. */
  readonly authenticateMs?: number;
  /**
   * Handshakes per second to both URLs, as a token bucket of this size; further ones are refused with 503. Default 1,000.
   * 0: no limit.
   */
  readonly maxConnectsPerSecond?: number;
  /** Open connections to both URLs; further ones are refused with 503. Default 1,000, at least 1. */
  readonly maxConnections?: number;
  /** Ping interval in milliseconds. A peer silent for two intervals is terminated. Default 15,000. 0: no pings. */
  readonly heartbeatMs?: number;
  /** Unsent bytes for one slow peer; beyond it the log is not read further. Default 262,144, at least 1. */
  readonly maxBufferedBytes?: number;
  /** Time that `close` waits for calls in progress, and again for peers to close, in milliseconds. Default 2,000. */
  readonly drainMs?: number;
  /** RPC calls in progress on one connection; further ones are `overloaded`. Default 1,000, at least 1. */
  readonly maxCalls?: number;
  /** Watches and streams among these calls. Default 1,000, at least 1. */
  readonly maxSubscriptions?: number;
  /** Files in transfer on one connection, per direction; further ones are `overloaded`. Default 64, at least 1. */
  readonly maxAttachments?: number;
  /** Bytes of incomplete messages on one connection, and so of one message; beyond it close 4413. Default 8,388,608. 0: no limit. */
  readonly maxMessageBytes?: number;
  /** Bytes of all files of one call; beyond it `too_large`. Default 104,857,600. 0: no limit. */
  readonly maxFileBytes?: number;
  /** A file or message without new bytes for this long, in milliseconds, fails. Default 30,000. 0: no limit. */
  readonly stallMs?: number;
  /**
   * Its hooks are called when an RPC call, a handshake or a watch at the URL of a run arrives, and when it is over. May be
   * several. A hook that throws is logged and ignored. Default: none.
   */
  readonly observer?: AdapterObserver | readonly AdapterObserver[];
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
  readonly logger?: Logger;
}

export type WholeAttachWsOptions = Required<
  Omit<AttachWsOptions, "authenticate" | "observer" | keyof AccessOptions>
> & {
  readonly observer: AdapterObserver | undefined;
  readonly authenticate: Authenticate | undefined;
  readonly access: AccessRule;
};

const defaultAttachWsOptions = {
  basePath: "",
  origins: "same-origin",
  allowedHosts: undefined,
  trustProxy: [],
  authenticate: undefined,
  observer: undefined,
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
  logger: consoleLogger,
} as const satisfies Omit<WholeAttachWsOptions, "access"> & Record<keyof AccessOptions, unknown>;

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
  maxMessageBytes: 0,
  maxFileBytes: 0,
  stallMs: 0,
} as const;
const maxTimerMs = 2 ** 31 - 1;

/** Throws a TypeError that names the faulty option. */
export function checkAttachWsOptions(options: AttachWsOptions): WholeAttachWsOptions {
  rejectUnknownOptions("attachWs", options, defaultAttachWsOptions);
  const all = { ...defaultAttachWsOptions, ...withoutUndefined(options) };
  for (const [name, minimum] of Object.entries(least) as [keyof typeof least, number][]) {
    if (Number.isSafeInteger(all[name]) && all[name] >= minimum && all[name] <= maxTimerMs) continue;
    throw new TypeError(`attachWs: ${name} must be a whole number of at least ${minimum}, not ${String(all[name])}.`);
  }
  if (all.authenticate !== undefined && typeof all.authenticate !== "function") {
    throw new TypeError(`attachWs: authenticate must be a function, not ${String(all.authenticate)}.`);
  }
  return {
    ...all,
    observer: adapterObserver("attachWs", all.observer, all.logger),
    basePath: checkedBasePath(all.basePath),
    access: accessRule("attachWs", options),
  };
}

function checkedBasePath(basePath: unknown): string {
  const path = typeof basePath === "string" ? basePath.replace(/\/+$/, "") : undefined;
  if (path === "" || (path?.startsWith("/") && !/[?#\s]/.test(path))) return path;
  throw new TypeError(`attachWs: basePath must be "" or start with a slash, not ${JSON.stringify(basePath)}.`);
}
