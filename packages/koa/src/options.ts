// The options of `rest`. An unknown option is an error.
import { consoleLogger, type JsonObject, type Logger, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";
import type { AdapterObserver } from "@deepaas/core/ports";
import { adapterObserver } from "@deepaas/protocol";
import { type AccessOptions, type AccessRule, type Authenticate, accessRule } from "@deepaas/protocol/node";
import { type Observing, observingOf } from "./request/observed-request.ts";
import { type UiFiles, uiFiles } from "./ui/ui-files.ts";

/** For pages of other origins: browsers send them no cookies, a page authenticates with a header. */
export interface RestOptions extends AccessOptions {
  /** Prefix of every path and link, such as `/a/b`. A slash at its end is ignored. Default "". */
  readonly basePath?: string;
  /** False: predict answers 402. Default true. */
  readonly predictEndpoint?: boolean;
  /** False: every training route of a model answers 402. Default true. */
  readonly trainEndpoint?: boolean;
  /** False: no page at `/api` and no redirect to it. Default true. */
  readonly docEndpoint?: boolean;
  /**
   * Folder of the page at `/ui/`: `uiFolder` of `@deepaas/ui`. A browser that opens the root of the API is sent to it. Default:
   * no such page, and `/ui` leads to `/api`.
   */
  readonly ui?: URL;
  /**
   * Returns the caller of a request; called for each one, except for the routes that are open to everybody. `token` is from
   * `Authorization: Bearer`, or a grant from the query. Undefined is refused with 401, a `DeepaasError` with its status, any
   * other error with 500. Pass the same function to `attachWs`. Default: every client may call, and its calls have no `caller`.
   */
  readonly authenticate?: Authenticate;
  /** Timeout of `authenticate`, in milliseconds; then 401. Default 10,000, at least 1. */
  readonly authenticateMs?: number;
  /**
   * OpenAPI security schemes for the documents, if a middleware before this one authenticates requests. Default: a bearer token
   * with `authenticate`, else none.
   */
  readonly securitySchemes?: Readonly<Record<string, JsonObject>>;
  /** Returns the text of `/v2/debug/`. Default: 204 without a body. */
  readonly debugOutput?: () => string | Promise<string>;
  /** Returns the text of `/metrics` in the format of Prometheus: `render` of `@deepaas/metrics`. Default: 404. */
  readonly metrics?: () => string | Promise<string>;
  /** Largest request body in bytes, also after decompression; beyond it 413. Default 104,857,600. 0: no limit. */
  readonly maxBodyBytes?: number;
  /**
   * Largest JSON or form text of one request in bytes, also after decompression: what is parsed in memory. Beyond it 413; files
   * do not count. Default 8,388,608. 0: only `maxBodyBytes`.
   */
  readonly maxJsonBytes?: number;
  /** Most fields in one form, with text parts; beyond it 413. Default 1,000. */
  readonly maxFields?: number;
  /** Most files in one upload; beyond it 413. Default 100. */
  readonly maxFiles?: number;
  /** Time without new bytes of an upload, in milliseconds; beyond it 408. Default 60,000. 0: no limit. */
  readonly uploadIdleMs?: number;
  /** True: `predictions` of a model without a schema is a JSON value; false: a string. Default false. */
  readonly rawPredictions?: boolean;
  /** Interval of comment lines in an event stream without events, in milliseconds. Default 15,000. 0: none. */
  readonly heartbeatMs?: number;
  /** JSON and plain text of this many characters or more is compressed if the client accepts gzip. Default 16,384. 0: never. */
  readonly gzipFromBytes?: number;
  /** Time that `DELETE` of a training waits for its end, in milliseconds; then the response has its state as it is. Default 5,000. */
  readonly cancelWaitMs?: number;
  /**
   * Its hooks are called when a request arrives and when it is over, whatever the response was. May be several. A hook that
   * throws is logged and ignored. See `accessLog` of `@deepaas/protocol`. Default: none.
   */
  readonly observer?: AdapterObserver | readonly AdapterObserver[];
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
  readonly logger?: Logger;
}

type OptionalOption = "debugOutput" | "metrics" | "authenticate" | "allowedHosts" | "trustProxy" | "ui" | "observer";

export type RestSettings = Required<Omit<RestOptions, OptionalOption>> &
  Pick<RestOptions, "debugOutput" | "metrics" | "authenticate"> & {
    readonly access: AccessRule;
    readonly ui: UiFiles | undefined;
    /** Undefined if nobody observes. */
    readonly observing: Observing | undefined;
  };

const defaultRestOptions = {
  basePath: "",
  predictEndpoint: true,
  trainEndpoint: true,
  docEndpoint: true,
  authenticateMs: 10_000,
  securitySchemes: {},
  maxBodyBytes: 100 * 1024 * 1024,
  maxJsonBytes: 8 * 1024 * 1024,
  maxFields: 1_000,
  maxFiles: 100,
  uploadIdleMs: 60_000,
  rawPredictions: false,
  heartbeatMs: 15_000,
  gzipFromBytes: 16_384,
  origins: "same-origin",
  cancelWaitMs: 5_000,
  logger: consoleLogger,
} as const satisfies Omit<RestSettings, "debugOutput" | "metrics" | "authenticate" | "access" | "ui" | "observing">;

/** The names of all options. */
export const restOptionNames = {
  ...defaultRestOptions,
  debugOutput: undefined,
  metrics: undefined,
  authenticate: undefined,
  ui: undefined,
  observer: undefined,
  allowedHosts: undefined,
  trustProxy: undefined,
} as const satisfies Record<keyof RestOptions, unknown>;

/** Throws a TypeError that names the faulty option. */
export function toRestSettings(options: RestOptions): RestSettings {
  rejectUnknownOptions("rest", options, restOptionNames);
  const access = accessRule("rest", options);
  const ui = options.ui === undefined ? undefined : uiFiles(checkUrl(options.ui));
  const { observer, ...given } = withoutUndefined(options);
  const observing = observingOf(adapterObserver("rest", observer, given.logger ?? consoleLogger));
  const schemes = given.authenticate === undefined ? {} : { securitySchemes: bearerScheme };
  const settings: RestSettings = { ...defaultRestOptions, ...schemes, ...given, access, ui, observing };
  for (const name of ["predictEndpoint", "trainEndpoint", "docEndpoint", "rawPredictions"] as const) {
    if (typeof settings[name] !== "boolean") throw new TypeError(`rest: ${name} must be true or false.`);
  }
  for (const name of [
    "maxBodyBytes",
    "maxJsonBytes",
    "maxFields",
    "maxFiles",
    "uploadIdleMs",
    "heartbeatMs",
    "gzipFromBytes",
    "cancelWaitMs",
  ] as const) {
    checkNumber("rest", name, settings[name]);
  }
  checkAuthenticate(settings);
  const { securitySchemes } = settings as { readonly securitySchemes: unknown };
  if (typeof securitySchemes !== "object" || securitySchemes === null || Array.isArray(securitySchemes)) {
    throw new TypeError("rest: securitySchemes must be an object of security schemes by name.");
  }
  for (const name of ["debugOutput", "metrics"] as const) {
    if (settings[name] !== undefined && typeof settings[name] !== "function") {
      throw new TypeError(`rest: ${name} must be a function.`);
    }
  }
  const basePath = settings.basePath.replace(/\/+$/, "");
  if (!/^(?:\/[A-Za-z0-9._~-]+)*$/.test(basePath)) {
    throw new TypeError("rest: basePath must be empty, or segments of A-Z a-z 0-9 . _ ~ - that each start with '/'.");
  }
  return { ...settings, basePath };
}

const bearerScheme = { bearer: { type: "http", scheme: "bearer" } };
const maxTimerMs = 2 ** 31 - 1;

function checkAuthenticate({ authenticate, authenticateMs }: RestSettings): void {
  if (authenticate !== undefined && typeof authenticate !== "function") {
    throw new TypeError(`rest: authenticate must be a function, not ${String(authenticate)}.`);
  }
  if (Number.isInteger(authenticateMs) && authenticateMs >= 1 && authenticateMs <= maxTimerMs) return;
  throw new TypeError(`rest: authenticateMs must be a whole number of at least 1, not ${String(authenticateMs)}.`);
}

function checkUrl(value: unknown): URL {
  if (value instanceof URL && value.protocol === "file:") return value;
  throw new TypeError("rest: ui must be a URL of a folder on disk.");
}

export function checkNumber(where: string, name: string, value: unknown): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return;
  throw new TypeError(`${where}: ${name} must be a whole number of at least 0, not ${String(value)}.`);
}
