import type { Requirement } from "../suite.ts";

const texts = {
  "submit.handled": "Every submitted run is handled, also one that was submitted before `process`.",
  "submit.once": "Submitting a queued or handled run has no effect.",
  "submit.again": "A run that was handled can be submitted again.",
  "submit.order": "Runs are handled in the order of their submission.",
  "process.models": "Only runs of the models of `process` are handled; others wait.",
  "waiting.count": "`waiting` is the number of runs that are queued and not handled.",
  "slots.limit": "At most `slots` runs are handled at the same time.",
  "slots.freed": "A slot is free again when the handler has settled, also if it rejected.",
  "cancel.handled": "`cancel` aborts the signal of the handled run with the code `cancelled`, and no other signal.",
  "cancel.waiting": "`cancel` drops a queued run.",
  "cancel.unknown": "`cancel` of an unknown run has no effect.",
  "close.aborts": "`close` aborts the handled runs with the code `unavailable`, and waits until they have stopped.",
  "close.waiting": "After `close` no queued run and no later submission is handled.",
  "close.twice": "`close` may be called twice.",
} as const;

export type EngineRequirementId = keyof typeof texts;

/** The requirements of a `RunEngine`. */
export const engineRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<EngineRequirementId>[];
