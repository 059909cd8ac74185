// Limits of the clients of a server by their addresses, before anything is known of them.
import { isIPv6 } from "node:net";
import { DeepaasError, rejectUnknownOptions } from "@deepaas/core";
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
/**
 * Returns an authenticator that throws `rate_limited`, and else does what `authenticate` does. It returns a promise only if
 * `authenticate` does.
 */
export function rateLimited(authenticate: Authenticate, options: RateLimitedOptions = {}): Authenticate {
  rejectUnknownOptions("rateLimited", options, { perAddress: true, failures: true, trustProxy: true });
  if (typeof authenticate !== "function")
    throw new TypeError("rateLimited: the first argument must be an authenticator.");
  checkRateLimit("rateLimited: perAddress", options.perAddress);
  checkRateLimit("rateLimited: failures", options.failures);
  const addressOf = clientAddress("rateLimited", options.trustProxy);
  const requests = options.perAddress && new Limiter(options.perAddress);
  const failures = new Failures(options.failures ?? defaultFailures);

  return (request, token) => {
    const from = networkOf(addressOf(request));
    const waitMs = requests?.count(from);
    if (waitMs !== undefined) throw tooMany("Too many requests from this address.", waitMs);
    failures.check(from);
    let found: ReturnType<Authenticate>;
    try {
      found = authenticate(request, token);
    } catch (error) {
      throw failures.counted(from, error);
    }
    if (!(found instanceof Promise)) return found ?? failures.noCaller(from, token);
    return found.then(
      (caller) => caller ?? failures.noCaller(from, token),
      (error: unknown) => {
        throw failures.counted(from, error);
      },
    );
  };
}

class Failures {
  readonly #limiter: Limiter;

  constructor(limit: RateLimit) {
    this.#limiter = new Limiter(limit);
  }

  check(network: string): void {
    const waitMs = this.#limiter.waitMs(network);
    if (waitMs !== undefined) throw tooMany("Too many failed authentications from this address.", waitMs);
  }

  /** A request without a token guesses nothing. */
  noCaller(network: string, token: string | undefined): undefined {
    if (token === undefined) return;
    throw this.counted(network, new DeepaasError("unauthenticated", "The token is not valid."));
  }

  /** Returns `error`, after counting it if the token was never valid. */
  counted(network: string, error: unknown): unknown {
    const isGuess = DeepaasError.is(error) && error.code === "unauthenticated" && !isEndedError(error);
    if (isGuess) this.#limiter.count(network);
    return error;
  }
}

/** One client of IPv6 has a network of 64 bits, with as many addresses as it likes. */
function networkOf(address: string): string {
  // Hot path: cheaper than to parse it.
  if (!address.includes(":") || !isIPv6(address)) return address;
  const [left = "", right] = (address.split("%", 1)[0] ?? "").split("::");
  const start = left === "" ? [] : left.split(":");
  const rest = right === undefined || right === "" ? [] : right.split(":");
  const groups = [...start, ...Array<string>(Math.max(0, 8 - start.length - rest.length)).fill("0"), ...rest];
  const normal = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${normal.join(":")}::/64`;
}
