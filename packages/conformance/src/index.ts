export { fixtureModels, type FixtureName } from "./fixture-models.ts";
export { hostOptions, type ServiceCapability, type ServiceSetup, type ServiceSubject } from "./service/subject.ts";
export { serviceSuite } from "./service/service-suite.ts";
export { serviceRequirements } from "./service/requirements.ts";
export { type Case, uncited } from "./suite.ts";
