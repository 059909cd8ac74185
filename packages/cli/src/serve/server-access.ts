// Who may call the server: keys and tokens, from the settings of `deepaas run`.
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  apiKeys,
  firstOf,
  grants,
  newKey,
  type OidcOptions,
  oidc,
  type RateLimit,
  rateLimited,
  withLimits,
} from "@deepaas/auth";
import { type Logger, type ModelService, withAccess, withoutUndefined } from "@deepaas/core";
import type { Authenticate } from "@deepaas/protocol/node";
import { CliError } from "../cli-error.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { hasAuthentication, ownKeyNames } from "./checked-address.ts";

export interface ServerAccess {
  /** Undefined without authentication. */
  readonly authenticate: Authenticate | undefined;
  /** A key for the commands that find the server in its data directory. Undefined without authentication. */
  readonly localKey: string | undefined;
  /** Returns the service with the rights and the limits of its callers. */
  guard(service: ModelService): ModelService;
  close(): void;
}

interface Place {
  /** Undefined: grants end with the server. */
  readonly dataDir: string | undefined;
  readonly logger: Logger;
}

/** Without a key and an issuer there is no authentication, and all callers share the limits. */
export async function openAccess(settings: RunSettings, { dataDir, logger }: Place): Promise<ServerAccess> {
  const { apiKey, apiKeyFile, oidcIssuer, trustProxy } = settings;
  const limit = (service: ModelService) => limited(service, settings);
  if (!hasAuthentication(settings)) {
    return { authenticate: undefined, localKey: undefined, guard: limit, close: () => {} };
  }
  const localKey = newKey();
  const all = { scopes: ["admin"] };
  const [local, env] = ownKeyNames;
  const keys = apiKeys({
    keys: [
      { name: local, key: localKey, ...all },
      ...(apiKey === undefined ? [] : [{ name: env, key: apiKey, ...all }]),
    ],
    ...(apiKeyFile !== undefined && { file: apiKeyFile }),
    logger,
  });
  const signed = grants({ secret: grantSecret(settings, dataDir), signalOf: keys.signalOf });
  const tokens = oidcIssuer === undefined ? [] : [oidc({ ...oidcOptions(settings, oidcIssuer), logger })];
  await Promise.all(tokens.map((one) => one.load()));
  const perAddress = perMinute(settings.requestsPerAddress);
  return {
    authenticate: rateLimited(firstOf(keys, signed, ...tokens), { trustProxy, ...(perAddress && { perAddress }) }),
    localKey,
    guard: (service) => limit(withAccess(service, { grants: signed })),
    close: () => keys.close(),
  };
}

function limited(service: ModelService, settings: RunSettings): ModelService {
  const perCaller = perMinute(settings.requestsPerCaller);
  const { callsPerCaller: callsUnderWay } = settings;
  if (!perCaller && callsUnderWay === undefined) return service;
  return withLimits(service, withoutUndefined({ perCaller, callsUnderWay }));
}

function perMinute(requests: number | undefined): RateLimit | undefined {
  return requests === undefined ? undefined : { requests, seconds: 60 };
}

function oidcOptions(settings: RunSettings, issuer: string): OidcOptions {
  const { oidcAudience, oidcGroup, oidcScope } = settings;
  if (oidcAudience.length === 0) {
    throw new CliError("invalid_args", "--oidc-issuer needs --oidc-audience: the services whose tokens are accepted");
  }
  const group: Record<string, string[]> = {};
  for (const text of oidcGroup) {
    // The name of a group may have this sign, too.
    const at = text.lastIndexOf("=");
    const name = text.slice(0, at);
    group[name] = [...(group[name] ?? []), text.slice(at + 1)];
  }
  return { issuer, audience: oidcAudience, group, scopes: oidcScope };
}

/** Kept, so that a link to a run outlives a restart; of several nodes the same. */
function grantSecret({ secretKey }: RunSettings, dataDir: string | undefined): Uint8Array {
  if (secretKey !== undefined) return createHmac("sha256", secretKey).update("grants").digest();
  const secret = randomBytes(32);
  if (dataDir === undefined) return secret;
  const file = join(dataDir, "grants.key");
  try {
    writeFileSync(file, secret, { flag: "wx", mode: 0o600 });
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return readFileSync(file);
  }
}
