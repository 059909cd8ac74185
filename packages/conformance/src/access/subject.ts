// What `make` of the access suite receives and returns, and what a case works with.
import type { AccessPolicy, ModelService } from "@deepaas/core";
import type { Control } from "../control.ts";
import type { FixtureName } from "../fixture-models.ts";
import type { ServiceSetup } from "../service/subject.ts";
import type { CaseDraft } from "../suite.ts";
import type { AccessRequirementId } from "./requirements.ts";

export interface AccessSetup extends ServiceSetup {
  readonly policy: AccessPolicy;
}

export interface AccessSubject {
  /** The service under test: `withAccess(host, setup.policy)`, or a client of it that passes on who calls, with scopes and signal. */
  readonly service: ModelService;
  /** The host behind the policy, to prepare runs of anybody. */
  readonly host: ModelService;
  close(): Promise<void>;
}

export interface AccessTest extends Omit<AccessSubject, "close"> {
  readonly control: Control;
}

export interface AccessDraft extends CaseDraft<AccessRequirementId, never> {
  readonly models: readonly FixtureName[];
  /** Default: grants are signed without a secret. */
  readonly policy?: AccessPolicy;
  /** Of the host. Called for each run of the case. */
  readonly options?: () => ServiceSetup["options"];
  run(test: AccessTest): Promise<void>;
}
