// One policy in front of a service: every adapter that serves the result enforces it.
import { throwIfAborted } from "../contract/abort-reason.ts";
import { modelNotFound, runExists, runNotFound } from "../contract/common-errors.ts";
import { DeepaasError } from "../contract/error.ts";
import { checkGrantSeconds, type Grant } from "../contract/grant.ts";
import type { Awaitable } from "../contract/model.ts";
import type { Caller, CallOptions, ModelService } from "../contract/model-service.ts";
import { rejectNoService, rejectUnknownOptions } from "../contract/options.ts";
import type { Page, Run, RunFilter } from "../contract/run.ts";
import type { ServiceStats } from "../contract/service-stats.ts";
import { checkRunFilter } from "../runs/run-filter.ts";
import { accessRules, type ModelMethod, type RunMethod } from "./access-rules.ts";
import { grantScope, hasAnyScope, hasScope, modelsWithScope, type ScopeName } from "./scopes.ts";
import { ShownDescriptions } from "./shown-descriptions.ts";
import { visibleRuns } from "./visible-runs.ts";

export interface AccessPolicy {
  /**
   * Returns the scopes of a caller; of a call without one if `caller` is undefined. Default: the scopes that the adapter
   * reports, and none without a caller. What an adapter serves beside the methods of the service, such as `/v2/debug/`, looks
   * at the scopes that it reports.
   */
  readonly scopesOf?: (caller: Caller | undefined) => readonly string[];
  /** Signs the grants. Without it `grant` rejects `not_implemented`. */
  readonly grants?: GrantSigner;
}

export interface GrantSigner {
  sign(grant: GrantRequest): Awaitable<Grant>;
}

export interface GrantRequest {
  readonly run: string;
  /** The id of the caller who makes the grant. It must end with the credentials of that caller. */
  readonly caller: string;
  /** A whole number from 1 to 604,800. */
  readonly seconds: number;
}

const policyOptions: Record<keyof AccessPolicy, true> = { scopesOf: true, grants: true };

/**
 * Returns a service whose callers may do what `accessRules` allows with their scopes. It uses nothing of `service` but its
 * methods, so it can be in front of a host or of a client. Rejects `unauthenticated` for a call without scopes and without a
 * caller, and for one whose credentials have ended; `permission_denied`, with the scope that is missing; and `not_found` for
 * a model or a run that the caller may not see. Throws a TypeError for an unknown option.
 */
export function withAccess<S extends ModelService>(
  service: S,
  policy: AccessPolicy = {},
): ModelService & Pick<S, keyof S & "~models"> {
  rejectNoService("withAccess", service);
  rejectUnknownOptions("withAccess", policy, policyOptions);
  const guarded: ModelService = new GuardedService(service, policy);
  // `~models` exists for the compiler only.
  return guarded as ModelService & Pick<S, keyof S & "~models">;
}

class GuardedService implements ModelService {
  readonly #shown = new ShownDescriptions();
  readonly #service: ModelService;
  readonly #policy: AccessPolicy;

  constructor(service: ModelService, policy: AccessPolicy) {
    this.#service = service;
    this.#policy = policy;
  }

  async status(options: CallOptions = {}) {
    const status = await this.#service.status(options);
    const isAdmin = options.caller?.signal?.aborted !== true && hasScope(this.#scopesOf(options.caller), "admin");
    return isAdmin ? status : { ...status, reasons: [] };
  }

  async stats(options: CallOptions = {}) {
    const scopes = this.#scopesForService(options);
    const stats = await this.#service.stats(options);
    return hasScope(scopes, "admin") ? stats : publicStats(stats, scopes);
  }

  async models(options: CallOptions = {}) {
    const scopes = this.#scopesForService(options);
    const models = await this.#service.models(options);
    return models.filter(({ servedAs }) => hasAnyScope(scopes, servedAs));
  }

  async describe(model: string, options: CallOptions = {}) {
    const scopes = this.#checkModel("describe", model, options);
    return this.#shown.shownTo(scopes, model, await this.#service.describe(model, options));
  }

  /** Hot path: without a promise of its own. */
  predict(model: string, args: unknown, options: CallOptions = {}) {
    try {
      this.#checkModel("predict", model, options);
      return this.#service.predict(model, args, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async *predictStream(model: string, args: unknown, options: CallOptions = {}) {
    this.#checkModel("predictStream", model, options);
    yield* this.#service.predictStream(model, args, options);
  }

  async train(model: string, args: unknown, options: Parameters<ModelService["train"]>[2] = {}) {
    this.#checkModel("train", model, options);
    const run = await this.#service.train(model, args, options);
    // The same arguments return the run that exists: it must not be another's.
    if (run.owner !== options.caller?.id) throw runExists(run.id);
    return run;
  }

  async run(id: string, options: CallOptions = {}) {
    return this.#checkedRun("run", id, options);
  }

  async runs(filter: RunFilter = {}, options: CallOptions = {}): Promise<Page<Run>> {
    const { caller } = options;
    const scopes = this.#enter(options);
    const { own } = accessRules.runs;
    const readable = modelsWithScope(scopes, own);
    if (readable !== "all" && readable.length === 0) throw missing(caller, own);
    for (const model of [filter.model ?? []].flat()) {
      if (hasAnyScope(scopes, model) && !hasScope(scopes, own, model)) throw missing(caller, own, model);
    }
    return this.#service.runs(visibleRuns(checkRunFilter(filter), scopes, caller?.id), options);
  }

  async *watch(id: string, options: Parameters<ModelService["watch"]>[1] = {}) {
    const { after: _after, ...call } = options;
    await this.#checkedRun("watch", id, call);
    yield* this.#service.watch(id, options);
  }

  async metrics(id: string, options: Parameters<ModelService["metrics"]>[1] = {}) {
    await this.#checkedRun("metrics", id, options);
    return this.#service.metrics(id, options);
  }

  async artifact(id: string, name: string, options: CallOptions = {}) {
    await this.#checkedRun("artifact", id, options);
    return this.#service.artifact(id, name, options);
  }

  async grant(id: string, options: Parameters<ModelService["grant"]>[1]) {
    const { caller, seconds } = options;
    await this.#checkedRun("grant", id, options);
    checkGrantSeconds(seconds);
    const { grants } = this.#policy;
    if (!grants) throw new DeepaasError("not_implemented", "This service makes no grants.");
    // Without a caller there is nothing that the grant could end with.
    if (!caller) throw unauthenticated();
    return grants.sign({ run: id, caller: caller.id, seconds });
  }

  async cancel(id: string, options: CallOptions = {}) {
    await this.#checkedRun("cancel", id, options);
    return this.#service.cancel(id, options);
  }

  async remove(id: string, options: CallOptions = {}) {
    await this.#checkedRun("remove", id, options);
    return this.#service.remove(id, options);
  }

  async versions(model: string, options: CallOptions = {}) {
    this.#checkModel("versions", model, options);
    return this.#service.versions(model, options);
  }

  async serveVersion(model: string, version: number, options: CallOptions = {}) {
    this.#checkModel("serveVersion", model, options);
    return this.#service.serveVersion(model, version, options);
  }

  async removeVersion(model: string, version: number, options: CallOptions = {}) {
    this.#checkModel("removeVersion", model, options);
    return this.#service.removeVersion(model, version, options);
  }

  #scopesOf(caller: Caller | undefined): readonly string[] {
    const { scopesOf } = this.#policy;
    return scopesOf ? scopesOf(caller) : (caller?.scopes ?? []);
  }

  #enter({ caller }: CallOptions): readonly string[] {
    throwIfAborted(caller?.signal);
    const scopes = this.#scopesOf(caller);
    if (!caller && scopes.length === 0) throw unauthenticated();
    return scopes;
  }

  #scopesForService(options: CallOptions): readonly string[] {
    const scopes = this.#enter(options);
    if (hasAnyScope(scopes)) return scopes;
    throw denied(options.caller, "The caller has no scope for a model.");
  }

  /** Returns the scopes of the caller if it may call the method for the model. */
  #checkModel(method: ModelMethod, model: string, options: CallOptions): readonly string[] {
    const scopes = this.#enter(options);
    const { needs } = accessRules[method];
    if (needs !== "any" && hasScope(scopes, needs, model)) return scopes;
    if (!hasAnyScope(scopes, model)) throw modelNotFound(model);
    if (needs !== "any") throw missing(options.caller, needs, model);
    return scopes;
  }

  /** Returns the run if its caller may call the method for it. */
  async #checkedRun(method: RunMethod, id: string, options: CallOptions): Promise<Run> {
    const scopes = this.#enter(options);
    const { caller } = options;
    const run = await this.#service.run(id, options);
    const { model } = run;
    const { own, others, withGrant } = accessRules[method];
    const isOwn = caller !== undefined && run.owner === caller.id;
    if (hasScope(scopes, isOwn ? own : others, model)) return run;
    const isGranted = scopes.includes(grantScope(id));
    if (withGrant && isGranted) return run;
    const isVisible = isOwn ? hasAnyScope(scopes, model) : hasScope(scopes, "read:all", model);
    if (!isGranted && !isVisible) throw runNotFound(id);
    throw missing(caller, isOwn ? own : others, model);
  }
}

function publicStats(stats: ServiceStats, scopes: readonly string[]): ServiceStats {
  const { rssBytes: _rssBytes, node: _node, ...rest } = stats;
  return {
    ...rest,
    status: { ...stats.status, reasons: [] },
    models: stats.models.filter(({ model }) => hasAnyScope(scopes, model)),
    runs: stats.runs.filter(({ model }) => hasScope(scopes, "read:all", model)),
    watchers: { count: 0, mostBehind: 0 },
    workers: [],
    lostWorkers: { count: 0, byReason: {} },
    store: { kind: "other" },
    restricted: true,
  };
}

function missing(caller: Caller | undefined, scope: ScopeName, model?: string): DeepaasError {
  const scopes = model === undefined ? scope : `${scope} or ${scope}@${model}`;
  return denied(caller, `The caller lacks the scope ${scopes}.`);
}

/** A call without a caller may succeed with one. */
function denied(caller: Caller | undefined, sentence: string): DeepaasError {
  return caller ? new DeepaasError("permission_denied", sentence) : unauthenticated();
}

function unauthenticated(): DeepaasError {
  return new DeepaasError("unauthenticated", "Authentication required.");
}
