import type { Requirement } from "../suite.ts";
import { predictRequirements } from "./predict-requirements.ts";
import { runRequirements } from "./run-requirements.ts";

const texts = { ...predictRequirements, ...runRequirements } as const;
export type ServiceRequirementId = keyof typeof texts;

/** Whoever implements `ModelService` must do this: the host, and every client of every door. */
export const serviceRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<ServiceRequirementId>[];
