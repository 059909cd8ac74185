import type { Requirement } from "../suite.ts";
import { predictRequirements } from "./predict-requirements.ts";
import { runRequirements } from "./run-requirements.ts";

const texts = { ...predictRequirements, ...runRequirements } as const;
export type ServiceRequirementId = keyof typeof texts;

/** The requirements of a `ModelService`: the host and every client. */
export const serviceRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<ServiceRequirementId>[];
