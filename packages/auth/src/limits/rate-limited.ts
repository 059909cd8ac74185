// Limits of the clients of a server by their addresses, before anything is known of them.
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { type Caller, DeepaasError, rejectUnknownOptions } from "@deepaas/core";
import { type Authenticate, clientAddress } from "@deepaas/protocol/node";
import { isEndedError } from "../ended.ts";
import { checkRateLimit, Limiter, type RateLimit, tooMany } from "./limiter.ts";

export interface RateLimitedOptions {
  /** Requests from one address. Default: no limit. */
  readonly perAddress?: RateLimit;
  /**
   * Requests from one address with a token that is not valid and never was. After that many, all requests from it are refused for the rest of
   * the time, also those with a valid token: nobody learns whether another guess was right. Default 20 in 60 seconds.
   */
  readonly failures?: RateLimit;
  /**
   * Addresses and networks of reverse proxies, such as "127.0.0.1" or "10.0.0.0/8". The address of a client behind them is the
   * last one of `X-Forwarded-For` that is none of theirs. Default none: the address of the connection.
   */
  readonly trustProxy?: readonly string[];
}

const defaultFailures: RateLimit = { requests: 20, seconds: 60 };
/** Addresses that are refused; more than that needs a network of a million addresses. */
const maxRefused = 100_000;

/** Returns an authenticator that rejects `rate_limited`, and else does what `authenticate` does. */
export function rateLimited(authenticate: Authenticate, options: RateLimitedOptions = {}): Authenticate {
  rejectUnknownOptions("rateLimited", options, { perAddress: true, failures: true, trustProxy: true });
  if (typeof authenticate !== "function")
    throw new TypeError("rateLimited: the first argument must be an authenticator.");
  checkRateLimit("rateLimited: perAddress", options.perAddress);
  checkRateLimit("rateLimited: failures", options.failures);
  const addressOf = clientAddress("rateLimited", options.trustProxy);
  const requests = options.perAddress && new Limiter(options.perAddress);
  const failures = new Failures(options.failures ?? defaultFailures);

  /** With the limit of failures only, it returns a promise only if `authenticate` does, or if it refuses the token. */
  const attempt = (network: string, ...[request, token]: Parameters<Authenticate>): ReturnType<Authenticate> => {
    failures.check(network);
    let found: ReturnType<Authenticate>;
    try {
      found = authenticate(request, token);
    } catch (error) {
      return failures.refuse(network, error);
    }
    if (found instanceof Promise) {
      return found.then(
        (caller) => caller ?? failures.noCaller(network, token),
        (error: unknown) => failures.refuse(network, error),
      );
    }
    return found ?? failures.noCaller(network, token);
  };
  const network = (request: IncomingMessage) => networkOf(addressOf(request));
  if (requests === undefined) return (request, token) => attempt(network(request), request, token);
  return async (request, token) => {
    const from = network(request);
    const waitMs = await requests.count(from);
    if (waitMs !== undefined) throw tooMany("Too many requests from this address.", waitMs);
    return attempt(from, request, token);
  };
}

class Failures {
  readonly #limiter: Limiter;
  /** Until when an address is refused, in milliseconds since 1970. */
  readonly #refusedUntil = new Map<string, number>();

  constructor(limit: RateLimit) {
    // The limiter refuses the last failure that is allowed: what comes after it is refused without being looked at.
    this.#limiter = new Limiter({ ...limit, requests: limit.requests - 1 });
  }

  check(network: string): void {
    const until = this.#refusedUntil.get(network);
    if (until === undefined) return;
    const waitMs = until - Date.now();
    if (waitMs > 0) throw tooMany("Too many failed authentications from this address.", waitMs);
    this.#refusedUntil.delete(network);
  }

  /** A request without a token guesses nothing. */
  noCaller(network: string, token: string | undefined): undefined | Promise<Caller> {
    if (token === undefined) return undefined;
    return this.refuse(network, new DeepaasError("unauthenticated", "The token is not valid."));
  }

  /** Rejects with `error`, after counting it if the token was never valid. */
  async refuse(network: string, error: unknown): Promise<never> {
    if (!DeepaasError.is(error) || error.code !== "unauthenticated" || isEndedError(error)) throw error;
    const waitMs = await this.#limiter.count(network);
    if (waitMs !== undefined) this.#refuseFor(waitMs, network);
    throw error;
  }

  #refuseFor(waitMs: number, network: string): void {
    this.#refusedUntil.delete(network);
    this.#refusedUntil.set(network, Date.now() + waitMs);
    const [oldest] = this.#refusedUntil.keys();
    if (this.#refusedUntil.size > maxRefused && oldest !== undefined) this.#refusedUntil.delete(oldest);
  }
}

/** One client of IPv6 has a network of 64 bits, with as many addresses as it likes. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [left = "", right] = (address.split("%", 1)[0] ?? "").split("::");
  const start = left === "" ? [] : left.split(":");
  const rest = right === undefined || right === "" ? [] : right.split(":");
  const groups = [...start, ...Array<string>(Math.max(0, 8 - start.length - rest.length)).fill("0"), ...rest];
  const normal = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${normal.join(":")}::/64`;
}
