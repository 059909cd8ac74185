// What a case of the service suite gets, and what it wants to be made for it.
import { type HostOptions, type Model, type ModelService, silentLogger } from "@deepaas/core";
import { type Executor, inlineExecutor } from "@deepaas/core/ports";
import type { Control } from "../control.ts";
import type { FixtureName } from "../fixture-models.ts";
import type { CaseDraft } from "../suite.ts";
import type { ServiceRequirementId } from "./requirements.ts";

/** What is behind the service: `hostOptions` makes of it what `createHost` takes. */
export interface ServiceSetup {
  /** New instances, by the name that they are to be served under. */
  readonly models: Readonly<Partial<Record<FixtureName, Model>>>;
  /** How the host is to be made. Default: as it makes itself. */
  readonly options: Omit<HostOptions, "models" | "executor">;
  /** To be put around the executor. */
  readonly wrapExecutor?: (executor: Executor) => Executor;
}

export interface ServiceSubject {
  /** What is tested: the host itself, or a client of it. */
  readonly service: ModelService;
  /** Closes the host in good order, while `service` is still there. */
  shutDown(): Promise<void>;
  /** Ends all of it; comes after `shutDown`, or without it. */
  close(): Promise<void>;
}

export type ServiceCapability =
  /** The `caller` of the call options arrives: an adapter that authenticates sets its own. */
  | "callers"
  /** `limits` and `unknownArgs` of the setup are applied. */
  | "limits"
  /** `store`, `blobs`, `observer` and `wrapExecutor` of the setup are used. */
  | "ports"
  /** `shutDown` closes the host, and another subject with the same store can be made then. */
  | "shutDown"
  /** `predictStream` gives each piece as it comes. */
  | "streams"
  /** A watch gives each event as it comes. */
  | "live";

/** What a case works with. */
export interface ServiceTest {
  readonly service: ModelService;
  readonly control: Control;
  shutDown(): Promise<void>;
  /** A new service on the same store: the next start. */
  startAgain(): Promise<Omit<ServiceSubject, "close">>;
}

interface DraftHead extends CaseDraft<ServiceRequirementId, ServiceCapability> {
  readonly models: readonly FixtureName[];
}

export interface PlainDraft extends DraftHead {
  readonly options?: ServiceSetup["options"];
  run(test: ServiceTest): Promise<void>;
}

/** A case with a store or an executor of its own: made anew for each run. */
export interface PreparedDraft extends DraftHead {
  prepare(): Partial<Omit<ServiceSetup, "models">> & { run(test: ServiceTest): Promise<void> };
}

export type ServiceDraft = PlainDraft | PreparedDraft;

/** The options of a host for `setup` that runs the models inline. */
export function hostOptions({ models, options, wrapExecutor }: ServiceSetup): HostOptions {
  const executor = inlineExecutor({ models: models as Readonly<Record<string, Model>>, logger: silentLogger });
  return { ...options, executor: wrapExecutor ? wrapExecutor(executor) : executor };
}
