// Suites, one for each interface; fixture models, and faults for tests of your own.

export { accessSuite } from "./access/access-suite.ts";
export { accessRequirements } from "./access/requirements.ts";
export type { AccessSetup, AccessSubject } from "./access/subject.ts";
export { type BlobSubject, blobSuite } from "./blobs/blob-suite.ts";
export { blobRequirements } from "./blobs/requirements.ts";
export { clusterSuite } from "./cluster/cluster-suite.ts";
export { type ClusterRequirementId, clusterRequirements } from "./cluster/requirements.ts";
export type {
  ClusterCapability,
  ClusterNode,
  ClusterNodeSetup,
  ClusterSuiteOptions,
  NodeRole,
} from "./cluster/subject.ts";
export { type Control, createControl } from "./control.ts";
export { type EngineSubject, engineSuite } from "./engine/engine-suite.ts";
export { engineRequirements } from "./engine/requirements.ts";
export { executorSuite } from "./executor/executor-suite.ts";
export { executorRequirements } from "./executor/requirements.ts";
export type { ExecutorCapability, ExecutorSetup, ExecutorSubject } from "./executor/subject.ts";
export { type AroundStore, aroundStore, type StoreCall, type StoreMethod } from "./faults/around-store.ts";
export { crashExecutor, type WorkerCrash } from "./faults/crash-executor.ts";
export { crashStore, type StoreCrash } from "./faults/crash-store.ts";
export { type Cut, cutService } from "./faults/cut-service.ts";
export { cutStore, type StoreCut } from "./faults/cut-store.ts";
export { duplicateStore } from "./faults/duplicate-store.ts";
export { type Reordering, reorderStore } from "./faults/reorder-store.ts";
export { type Stall, stallStore } from "./faults/stall-store.ts";
export { type FixtureName, fixtureModels } from "./fixture-models.ts";
export { holdsForSeeds, type SeedOptions } from "./holds-for-seeds.ts";
export type { Action, TrainerArgs } from "./models/trainer.ts";
export { type Random, randomFrom } from "./random.ts";
export { checkLog, checkRecord } from "./run-log.ts";
export { serviceRequirements } from "./service/requirements.ts";
export { serviceSuite } from "./service/service-suite.ts";
export { hostOptions, type ServiceCapability, type ServiceSetup, type ServiceSubject } from "./service/subject.ts";
export { storeRequirements } from "./store/requirements.ts";
export { type StoreSuiteOptions, storeSuite } from "./store/store-suite.ts";
export type { StoreCapability, StoreSetup, StoreSubject } from "./store/subject.ts";
export { type Case, type Requirement, type SuiteOptions, uncited } from "./suite.ts";
