// What `make` of the service suite receives and returns, and what a case works with.
import { type HostOptions, type Model, type ModelService, silentLogger } from "@deepaas/core";
import { type Executor, inlineExecutor } from "@deepaas/core/ports";
import type { Control } from "../control.ts";
import type { FixtureName } from "../fixture-models.ts";
import type { CaseDraft } from "../suite.ts";
import type { ServiceRequirementId } from "./requirements.ts";

/** The host behind the service. `hostOptions` converts it to the options of `createHost`. */
export interface ServiceSetup {
  /** New instances by served name. */
  readonly models: Readonly<Partial<Record<FixtureName, Model>>>;
  /** Further options of the host. */
  readonly options: Omit<HostOptions, "models" | "executor">;
  /** Wraps the executor of the host. */
  readonly wrapExecutor?: (executor: Executor) => Executor;
}

export interface ServiceSubject {
  /** The service under test: the host, or a client of it. */
  readonly service: ModelService;
  /** Closes the host gracefully. The server of the adapter and its client stay open. */
  shutDown(): Promise<void>;
  /** Closes everything. Called after `shutDown` or without it. */
  close(): Promise<void>;
}

export type ServiceCapability =
  /** The `caller` in the options of a call reaches the host. */
  | "callers"
  /** `limits` and `unknownArgs` of the setup are applied. */
  | "limits"
  /** `store`, `blobs`, `observer` and `wrapExecutor` of the setup are used. */
  | "ports"
  /** `shutDown` closes the host. After it another subject can be made with the same store. */
  | "shutDown"
  /** `predictStream` passes on each item at once. */
  | "streams"
  /** A watch passes on each event at once. */
  | "live";

/** What a case works with. */
export interface ServiceTest {
  readonly service: ModelService;
  readonly control: Control;
  shutDown(): Promise<void>;
  /** Makes a new service with the same setup and so with the same store, as after a restart. */
  startAgain(): Promise<Omit<ServiceSubject, "close">>;
}

interface DraftHead extends CaseDraft<ServiceRequirementId, ServiceCapability> {
  readonly models: readonly FixtureName[];
}

export interface PlainDraft extends DraftHead {
  readonly options?: ServiceSetup["options"];
  run(test: ServiceTest): Promise<void>;
}

/** A case that makes its own store or executor for each run. */
export interface PreparedDraft extends DraftHead {
  prepare(): Partial<Omit<ServiceSetup, "models">> & { run(test: ServiceTest): Promise<void> };
}

export type ServiceDraft = PlainDraft | PreparedDraft;

/** Returns the options of a host that runs the models of `setup` inline. */
export function hostOptions({ models, options, wrapExecutor }: ServiceSetup): HostOptions {
  const executor = inlineExecutor({ models: models as Readonly<Record<string, Model>>, logger: silentLogger });
  return { logger: silentLogger, ...options, executor: wrapExecutor ? wrapExecutor(executor) : executor };
}
