// The client of the AWS SDK, loaded with the first request. The SDK tries nothing again: `patience` decides that, also for the
// body of an answer, which the SDK leaves to its user.
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { S3 } from "@aws-sdk/client-s3";
import { silentLogger } from "@deepaas/core";
import type { S3Settings } from "./options.ts";
import { patience } from "./patience.ts";

/** An upload of a part may go on for this many times `timeoutMs`, if data flows. */
const slowFactor = 10;

export interface RequestOptions {
  /** No further attempt begins when it is aborted. The one that goes on is not stopped. */
  readonly signal?: AbortSignal;
  /** Only one attempt. */
  readonly once?: true;
}

export interface S3Access {
  readonly settings: S3Settings;
  client(): Promise<S3>;
  /** Tries `work` until it succeeds or the limits are reached. Rejects `not_found` if the object is missing, else `unavailable`. */
  request<T>(work: (client: S3) => Promise<T>, options?: RequestOptions): Promise<T>;
}

export function s3Access(settings: S3Settings): S3Access {
  let loading: Promise<S3> | undefined;
  const client = () => {
    loading ??= createClient(settings);
    return loading;
  };
  return {
    settings,
    client,
    async request(work, { signal, once } = {}) {
      const tries = patience(once ? { ...settings, attempts: 1 } : settings, signal);
      for (;;) {
        try {
          return await work(await client());
        } catch (error) {
          await tries.afterFailure(error);
        }
      }
    },
  };
}

async function createClient(settings: S3Settings): Promise<S3> {
  const { endpoint, region, credentials, pathStyle, timeoutMs } = settings;
  const { S3 } = await import("@aws-sdk/client-s3");
  return new S3({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && { credentials }),
    maxAttempts: 1,
    // The hash of a body is part of the signature. Other checksums are refused by some servers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      requestTimeout: slowFactor * timeoutMs,
      throwOnRequestTimeout: true,
      // No limit of sockets: slow readers of large files would keep all others waiting.
      httpAgent: new HttpAgent({ keepAlive: true }),
      httpsAgent: new HttpsAgent({ keepAlive: true }),
      logger: silentLogger,
    },
  });
}
