// The options of `s3Blobs`, checked once.
import { consoleLogger, isObject, type Logger, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface S3BlobsOptions {
  /** Name of a bucket that exists. */
  readonly bucket: string;
  /**
   * Start of all keys, such as `models/`: letters, digits and `. _ - /`. Default `deepaas/`. Only servers that share their run
   * store may have the same bucket and prefix: the sweep deletes what the store does not know.
   */
  readonly prefix?: string;
  /** URL of a server with the interface of S3. Default: `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, else Amazon. */
  readonly endpoint?: string;
  /** Permits an `http:` endpoint that is not on this machine. Files and their names are then readable on the network. Default false. */
  readonly allowHttp?: boolean;
  /** Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, else `us-east-1` if there is an endpoint. */
  readonly region?: string;
  /**
   * Default: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, else what the AWS SDK finds: the files in
   * `~/.aws`, the role of a container or of a machine.
   */
  readonly credentials?: S3Credentials;
  /** The bucket is in the path of a URL, not in its host name. Default: true if there is an endpoint. */
  readonly pathStyle?: boolean;
  /** A file of this size or more is uploaded in parts of this size, in bytes. Default 8 MiB; 5 MiB to 512 MiB. */
  readonly partBytes?: number;
  /** A request without any data for this time has failed, in milliseconds. Default 30,000; 100 to 600,000. */
  readonly timeoutMs?: number;
  /** A request is tried at most this often. Default 8; 1 to 20. */
  readonly attempts?: number;
  /** No further attempt begins after this time, in milliseconds. Default 90,000, so that a silent request is tried again; 0 to 600,000. */
  readonly patienceMs?: number;
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
  readonly logger?: Logger;
}

export interface S3Settings {
  readonly bucket: string;
  /** Ends with "/", or is empty. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly credentials: S3Credentials | undefined;
  readonly pathStyle: boolean;
  readonly partBytes: number;
  readonly timeoutMs: number;
  readonly attempts: number;
  readonly patienceMs: number;
  readonly logger: Logger;
}

const defaults = {
  prefix: "deepaas/",
  allowHttp: false,
  partBytes: 8 * 2 ** 20,
  timeoutMs: 30_000,
  attempts: 8,
  patienceMs: 90_000,
  logger: consoleLogger,
} as const;
const known = { bucket: true, endpoint: true, region: true, credentials: true, pathStyle: true, ...defaults };
const ranges = {
  partBytes: [5 * 2 ** 20, 512 * 2 ** 20],
  timeoutMs: [100, 600_000],
  attempts: [1, 20],
  patienceMs: [0, 600_000],
} as const;

/** Throws a TypeError that names the faulty option, and never has its value: it may be a secret. */
export function checkS3Options(options: S3BlobsOptions): S3Settings {
  if (!isObject(options)) fail("the options must be an object with a bucket");
  rejectUnknownOptions("s3Blobs", options, known);
  const env = process.env;
  const endpoint = options.endpoint ?? (env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined);
  const region =
    options.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint === undefined ? undefined : "us-east-1"));
  const { allowHttp, ...settings } = {
    ...defaults,
    pathStyle: endpoint !== undefined,
    ...withoutUndefined(options),
  };
  // A longer name, or one with other characters, would change the host or the path of the URL.
  if (typeof options.bucket !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(options.bucket))
    fail("bucket must be the name of a bucket: 3 to 63 letters, digits, dots, dashes");
  if (region === undefined) fail("region is missing: give it, or set AWS_REGION");
  if (typeof region !== "string" || !/^[A-Za-z0-9-]+$/.test(region)) fail("region must be letters, digits and dashes");
  for (const name of ["allowHttp", "pathStyle"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "boolean") fail(`${name} must be true or false`);
  }
  for (const [name, [least, most]] of Object.entries(ranges) as [keyof typeof ranges, readonly [number, number]][]) {
    if (Number.isInteger(settings[name]) && settings[name] >= least && settings[name] <= most) continue;
    fail(`${name} must be a whole number from ${least} to ${most}`);
  }
  return {
    ...settings,
    prefix: checkPrefix(settings.prefix),
    endpoint: endpoint === undefined ? undefined : checkEndpoint(endpoint, allowHttp),
    region,
    credentials: checkCredentials(options.credentials),
  };
}

function checkPrefix(prefix: unknown): string {
  if (prefix === "") return "";
  const isFine = typeof prefix === "string" && prefix.length <= 500 && /^[\w.-]+(?:\/[\w.-]+)*\/?$/.test(prefix);
  // Libraries and proxies remove "." and ".." from the path of a URL.
  if (!isFine || prefix.split("/").some((step) => step === "." || step === ".."))
    fail("prefix must be names of letters, digits, dots, dashes and underscores, with / between them");
  return prefix.endsWith("/") ? prefix : `${prefix}/`;
}

function checkEndpoint(endpoint: unknown, allowHttp: boolean): string {
  const url = typeof endpoint === "string" ? URL.parse(endpoint) : null;
  if (url === null || !["http:", "https:"].includes(url.protocol)) fail("endpoint must be an https: URL");
  if (url.username !== "" || url.password !== "") fail("endpoint must have no user and password: use credentials");
  if (url.search !== "" || url.hash !== "") fail("endpoint must have no query and no fragment");
  if (url.protocol === "http:" && !allowHttp && !isLoopback(url.hostname))
    fail("endpoint must be an https: URL, because it is on another machine; allowHttp permits http:");
  return url.href;
}

function checkCredentials(credentials: unknown): S3Credentials | undefined {
  if (credentials === undefined) return undefined;
  if (!isObject(credentials)) fail("credentials must be { accessKeyId, secretAccessKey }");
  const names = { accessKeyId: true, secretAccessKey: true, sessionToken: true };
  rejectUnknownOptions("s3Blobs: credentials", credentials, names);
  const given = withoutUndefined(credentials);
  for (const name of Object.keys({ ...given, accessKeyId: true, secretAccessKey: true })) {
    const value = given[name];
    if (typeof value !== "string" || value === "") fail(`credentials.${name} must be a text`);
  }
  return { ...given } as unknown as S3Credentials;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function fail(reason: string): never {
  throw new TypeError(`s3Blobs: ${reason}.`);
}
