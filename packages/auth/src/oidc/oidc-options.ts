// The options of `oidc`. An unknown option is an error.
import { consoleLogger, isObject, type Logger, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";
import { checkScopes } from "../keys/scopes.ts";
import { isIssuerUrl } from "./issuer-url.ts";

export interface OidcOptions {
  /** The `iss` of its tokens, for example "https://aai.egi.eu/auth/realms/egi". An https URL, or an http one on this machine. */
  readonly issuer: string;
  /**
   * A token must be for one of these audiences (`aud`). "any": the audience is not checked, so that a token that its holder gave
   * to any other service of the issuer is accepted here, too.
   */
  readonly audience: string | readonly string[];
  /** The scopes of everybody with a valid token. Default none. */
  readonly scopes?: readonly string[];
  /** The scopes of the members of a group, by the group's name as the issuer writes it. Default none. */
  readonly group?: Readonly<Record<string, readonly string[]>>;
  /**
   * The claims that list the groups, in the token or, if it has none of them, in the userinfo. Default `groups`,
   * `eduperson_entitlement`, `entitlements`, `roles`.
   */
  readonly groupClaims?: readonly string[];
  /** How much the clocks of issuer and server may differ, in seconds: 0 to 300. Default 30. */
  readonly clockSkewSeconds?: number;
  /** Verified tokens that are remembered at most; the last half as many always are. Default 10,000, at least 2. */
  readonly maxTokens?: number;
  /** How long the issuer may take to answer, in milliseconds. Default 5,000, at least 1. */
  readonly timeoutMs?: number;
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
  readonly logger?: Logger;
}

export type WholeOidcOptions = Required<Omit<OidcOptions, "group" | "audience">> & {
  /** Undefined: any. */
  readonly audience: readonly string[] | undefined;
  readonly group: ReadonlyMap<string, readonly string[]>;
};

const defaultOidcOptions = {
  scopes: [] as readonly string[],
  group: {} as Readonly<Record<string, readonly string[]>>,
  groupClaims: ["groups", "eduperson_entitlement", "entitlements", "roles"] as readonly string[],
  clockSkewSeconds: 30,
  maxTokens: 10_000,
  timeoutMs: 5_000,
  logger: consoleLogger,
} as const satisfies Omit<Required<OidcOptions>, "issuer" | "audience">;

const ranges = { clockSkewSeconds: [0, 300], maxTokens: [2, 1_000_000], timeoutMs: [1, 60_000] } as const;

/** Throws a TypeError that names the faulty option, or `invalid_args` for a faulty scope. */
export function checkOidcOptions(options: OidcOptions): WholeOidcOptions {
  rejectUnknownOptions("oidc", options, { issuer: true, audience: true, ...defaultOidcOptions });
  const all = { ...defaultOidcOptions, ...withoutUndefined(options) } as Required<OidcOptions>;
  if (!isIssuerUrl(all.issuer)) {
    throw new TypeError("oidc: issuer must be an https URL, such as https://aai.egi.eu/auth/realms/egi.");
  }
  for (const [name, [least, most]] of Object.entries(ranges) as [keyof typeof ranges, readonly [number, number]][]) {
    if (Number.isSafeInteger(all[name]) && all[name] >= least && all[name] <= most) continue;
    throw new TypeError(`oidc: ${name} must be a whole number from ${least} to ${most}, not ${String(all[name])}.`);
  }
  if (!isTexts(all.groupClaims)) throw new TypeError("oidc: groupClaims must be a list of names.");
  if (!isObject(all.group)) throw new TypeError('oidc: group must be an object such as { "GROUP": ["predict"] }.');
  if (!Array.isArray(all.scopes)) throw new TypeError("oidc: scopes must be a list.");
  if (all.scopes.length > 0) checkScopes("/scopes", all.scopes);
  const group = new Map(Object.entries(all.group));
  for (const [name, scopes] of group) checkScopes(`/group/${name}`, scopes);
  if (all.scopes.length === 0 && group.size === 0) {
    throw new TypeError("oidc: without scopes and group nobody may do anything. Give at least one of them.");
  }
  return { ...all, audience: checkedAudience(all.audience), group };
}

function checkedAudience(audience: OidcOptions["audience"]): readonly string[] | undefined {
  if (audience === "any") return undefined;
  const list = typeof audience === "string" ? [audience] : audience;
  if (isTexts(list) && list.length > 0) return list;
  throw new TypeError(
    'oidc: audience must be a name, a list of names, or "any", which accepts tokens for other services.',
  );
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "");
}
