// Engines, each broken in one way, with the requirement that it violates.
import type { RunEngine } from "@deepaas/core/ports";
import type { Broken } from "./broken.ts";

export const brokenEngines: readonly Broken<RunEngine>[] = [
  [
    "has a slot too many",
    "slots.limit",
    (engine) => ({
      ...engine,
      process: (handle, { slots, ...rest }) => engine.process(handle, { ...rest, slots: slots + 1 }),
    }),
  ],
  [
    "does not wait for its handlers",
    "close.aborts",
    (engine) => ({ ...engine, close: async () => void engine.close() }),
  ],
  [
    "handles runs of other models",
    "process.models",
    (engine) => ({
      ...engine,
      process: (handle, options) => engine.process(handle, { ...options, models: new Set(["m", "n"]) }),
    }),
  ],
  ["counts no runs", "waiting.count", (engine) => ({ ...engine, waiting: async () => 0 })],
  ["does not cancel", "cancel.waiting", (engine) => ({ ...engine, cancel: async () => {} })],
];
