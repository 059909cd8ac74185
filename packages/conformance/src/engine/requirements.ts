import type { Requirement } from "../suite.ts";

const texts = {
  "submit.handled": "Every run that is submitted is handled, also one that was submitted before `process`.",
  "submit.once": "Submitting a run that waits or is being handled does nothing.",
  "submit.again": "A run that was handled can be submitted again.",
  "submit.order": "Runs are handled in the order of their submission.",
  "slots.limit": "At most `slots` runs are handled at once.",
  "slots.freed": "A slot comes free when the handler has settled, also when it rejected.",
  "cancel.handled":
    "`cancel` aborts the signal of a run that is being handled with the code `cancelled`, and of no other.",
  "cancel.waiting": "A run that waits is forgotten.",
  "cancel.unknown": "Cancelling a run that is not there does nothing.",
  "close.aborts": "`close` aborts what is being handled with the code `unavailable`, and waits until it has stopped.",
  "close.waiting": "What waits is not handled any more, nor what is submitted after it.",
  "close.twice": "`close` may be called twice.",
} as const;

export type EngineRequirementId = keyof typeof texts;

/** Whoever implements `RunEngine` must do this. */
export const engineRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<EngineRequirementId>[];
