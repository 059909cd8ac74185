// The models as one version of their code makes them: descriptions, validators, and the queue of their predicts.
import type { ModelDescription } from "../contract/model-service.ts";
import type { Predictor } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { CallCounts } from "../predict/call-counts.ts";
import type { CallScope } from "../predict/call-scope.ts";
import { OpenCalls } from "../predict/open-calls.ts";
import { type Lane, PredictScheduler } from "../predict/scheduler.ts";
import { type ArgsValidator, argsValidator, type UnknownArgs } from "../schema/args-validator.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { CompiledSchema } from "../schema/find-issues.ts";
import { type CheckedLimits, limitsOf } from "./options.ts";

/** A model as the host serves it. */
export interface ServedModel {
  readonly description: ModelDescription;
  /** `description` with the weights version that is served, as callers see it. An unchanged one is the same object. */
  shown: ModelDescription;
  readonly predictArgs: ArgsValidator;
  readonly trainArgs: ArgsValidator;
  readonly response: CompiledSchema | undefined;
  readonly lane: Lane;
  readonly timeoutMs: number;
  /** Of this model, also with the code before. */
  readonly counts: CallCounts;
  readonly code: ServedCode;
}

export interface ServedCodeOptions {
  readonly limits: CheckedLimits;
  readonly unknownArgs: UnknownArgs;
  readonly observer: HostObserver | undefined;
  /** By model. */
  readonly counts: ReadonlyMap<string, CallCounts>;
}

export class ServedCode {
  readonly models: ReadonlyMap<string, ServedModel>;
  readonly predictor: Predictor;
  readonly scheduler: PredictScheduler;
  /** The predicts that were admitted by these validators and have no answer yet. */
  readonly calls = new OpenCalls();
  #idle: PromiseWithResolvers<void> | undefined;

  /** Throws if a schema cannot be compiled. */
  constructor(
    predictor: Predictor,
    descriptions: Readonly<Record<string, ModelDescription>>,
    { limits, unknownArgs, observer, counts }: ServedCodeOptions,
  ) {
    this.predictor = predictor;
    this.scheduler = new PredictScheduler(predictor, observer);
    const models = new Map<string, ServedModel>();
    for (const [name, description] of Object.entries(descriptions)) {
      const { predictTimeoutMs: timeoutMs } = limitsOf(name, limits);
      models.set(name, {
        description,
        shown: description,
        predictArgs: argsValidator(description.predictArgs, unknownArgs),
        trainArgs: argsValidator(description.trainArgs, unknownArgs),
        response: description.response === null ? undefined : compileSchema(description.response),
        lane: this.#laneFor(name, description, limits),
        timeoutMs,
        counts: counts.get(name) as CallCounts,
        code: this,
      });
    }
    this.models = models;
  }

  /** The caller of the call has its answer. */
  leave(call: CallScope): void {
    this.calls.delete(call);
    if (this.calls.size === 0) this.#idle?.resolve();
  }

  /** Resolves when no predict is left. Call it only when no further one is admitted. */
  whenIdle(): Promise<void> {
    this.#idle ??= Promise.withResolvers();
    if (this.calls.size === 0) this.#idle.resolve();
    return this.#idle.promise;
  }

  #laneFor(model: string, { has }: ModelDescription, limits: CheckedLimits): Lane {
    const { concurrency, queue, maxBatch } = limitsOf(model, limits);
    const slots = this.predictor.slots.predict;
    return this.scheduler.addLane({
      model,
      // Inline there is one thread: a second batch at the same time would only make both smaller.
      concurrency: concurrency ?? (has.predictBatch && slots === Number.POSITIVE_INFINITY ? 1 : slots),
      queue,
      maxBatch: has.predictBatch ? maxBatch : 1,
    });
  }
}
