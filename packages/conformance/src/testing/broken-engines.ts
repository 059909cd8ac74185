// Engines, each broken in one way, with the requirement that it violates.
import type { RunEngine } from "@deepaas/core/ports";
import type { Broken } from "./broken.ts";

export const brokenEngines: readonly Broken<RunEngine>[] = [
  [
    "has a slot too many",
    "slots.limit",
    (engine) => ({ ...engine, process: (handle, { slots }) => engine.process(handle, { slots: slots + 1 }) }),
  ],
  [
    "does not wait for its handlers",
    "close.aborts",
    (engine) => ({ ...engine, close: async () => void engine.close() }),
  ],
  ["does not cancel", "cancel.waiting", (engine) => ({ ...engine, cancel: async () => {} })],
];
