// What `rest` takes, checked once into a new object: an unknown option is an error.
import { type JsonObject, type Logger, rejectUnknownOptions, silentLogger } from "@deepaas/core";

export interface RestOptions {
  /** Before every path and in every link: "" (the default), or `/a/b`. A slash at its end is ignored. */
  readonly basePath?: string;
  /** Default true; false: predict answers 402. */
  readonly predictEndpoint?: boolean;
  /** Default true; false: every training route of a model answers 402. */
  readonly trainEndpoint?: boolean;
  /** Default true; false: there is no page at `/api`, and no redirect to it. */
  readonly docEndpoint?: boolean;
  /** OpenAPI security schemes for the document at `/openapi.json`, when something before the adapter asks for them. Default none. */
  readonly securitySchemes?: Readonly<Record<string, JsonObject>>;
  /** What `/v2/debug/` answers. Default: nothing, 204. */
  readonly debugOutput?: () => string | Promise<string>;
  /** Largest request body, also after decompression. Default 100 MiB; 0: unlimited. */
  readonly maxBodyBytes?: number;
  /** Fields in one form, text parts included. Default 1,000; beyond it 413. */
  readonly maxFields?: number;
  /** Files in one upload. Default 100; beyond it 413. */
  readonly maxFiles?: number;
  /** How long an upload may stand still before it is answered 408, in milliseconds. Default 60,000; 0: for ever. */
  readonly uploadIdleMs?: number;
  /** `predictions` of a model without a schema as a JSON value instead of a string. Default false. */
  readonly rawPredictions?: boolean;
  /** Between two comment lines of a silent event stream, in milliseconds. Default 15,000. */
  readonly heartbeatMs?: number;
  /** From which length on JSON answers are compressed for who takes gzip, in characters. Default 16,384; 0: never. */
  readonly gzipFromBytes?: number;
  /**
   * The origins (`https://example.org`) whose pages may call and read the answers, or `["*"]` for all. Default none. No
   * credentials of the browser are let through: a page brings its own in a header.
   */
  readonly corsOrigins?: readonly string[];
  /** How long `DELETE` of a training waits for its end, in milliseconds. Default 12,000. */
  readonly cancelWaitMs?: number;
  /** A line for each request, at level info, once it is over: method, path, status, duration, and whether all was sent. Default false. */
  readonly logRequests?: boolean;
  /** Default: silent. */
  readonly logger?: Logger;
}

export type RestSettings = Required<Omit<RestOptions, "debugOutput">> & Pick<RestOptions, "debugOutput">;

export const defaultRestOptions = {
  basePath: "",
  predictEndpoint: true,
  trainEndpoint: true,
  docEndpoint: true,
  securitySchemes: {},
  maxBodyBytes: 100 * 1024 * 1024,
  maxFields: 1_000,
  maxFiles: 100,
  uploadIdleMs: 60_000,
  rawPredictions: false,
  heartbeatMs: 15_000,
  gzipFromBytes: 16_384,
  corsOrigins: [],
  cancelWaitMs: 12_000,
  logRequests: false,
  logger: silentLogger,
} as const satisfies Omit<RestSettings, "debugOutput">;

/** Throws a TypeError that names the option at fault. */
export function toRestSettings(options: RestOptions): RestSettings {
  rejectUnknownOptions("rest", options, { ...defaultRestOptions, debugOutput: undefined });
  const settings: RestSettings = { ...defaultRestOptions, ...withoutUndefined(options) };
  for (const name of ["predictEndpoint", "trainEndpoint", "docEndpoint", "rawPredictions", "logRequests"] as const) {
    if (typeof settings[name] !== "boolean") throw new TypeError(`rest: ${name} is true or false.`);
  }
  for (const name of [
    "maxBodyBytes",
    "maxFields",
    "maxFiles",
    "uploadIdleMs",
    "heartbeatMs",
    "gzipFromBytes",
    "cancelWaitMs",
  ] as const) {
    checkNumber("rest", name, settings[name]);
  }
  const { securitySchemes } = settings as { readonly securitySchemes: unknown };
  if (typeof securitySchemes !== "object" || securitySchemes === null || Array.isArray(securitySchemes)) {
    throw new TypeError("rest: securitySchemes is a dictionary of name and security scheme.");
  }
  const { corsOrigins } = settings as { readonly corsOrigins: unknown };
  if (!Array.isArray(corsOrigins) || !corsOrigins.every(isOrigin)) {
    throw new TypeError('rest: corsOrigins is a list of origins such as "https://example.org", or of "*".');
  }
  if (settings.debugOutput !== undefined && typeof settings.debugOutput !== "function") {
    throw new TypeError("rest: debugOutput is a function.");
  }
  const basePath = settings.basePath.replace(/\/+$/, "");
  if (!/^(?:\/[A-Za-z0-9._~-]+)*$/.test(basePath)) {
    throw new TypeError("rest: basePath is empty or starts with '/', in steps of A-Z a-z 0-9 . _ ~ -");
  }
  return { ...settings, basePath };
}

function isOrigin(origin: unknown): boolean {
  if (origin === "*") return true;
  return typeof origin === "string" && URL.canParse(origin) && new URL(origin).origin === origin;
}

export function checkNumber(where: string, name: string, value: unknown): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return;
  throw new TypeError(`${where}: ${name} is a whole number of at least 0, not ${String(value)}.`);
}

export function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
