// The models that the suites use, by served name. To add one, write a file in `models` with that name, whose default export
// is the class, and add it here.
import type { Model } from "@deepaas/core";
import Bare from "./models/bare.ts";
import Batch from "./models/batch.ts";
import BatchCallers from "./models/batch-callers.ts";
import Callers from "./models/callers.ts";
import Context from "./models/context.ts";
import Echo from "./models/echo.ts";
import Failing from "./models/failing.ts";
import File from "./models/file.ts";
import GpuTrainer from "./models/gpu-trainer.ts";
import Misdeclared from "./models/misdeclared.ts";
import Once from "./models/once.ts";
import Reloader from "./models/reloader.ts";
import Slow from "./models/slow.ts";
import Stream from "./models/stream.ts";
import Trainer from "./models/trainer.ts";
import Unwarmable from "./models/unwarmable.ts";
import Values from "./models/values.ts";

/** New instances, because some models have a state. */
const fixtures = {
  bare: () => new Bare(),
  batch: () => new Batch(),
  "batch-callers": () => new BatchCallers(),
  callers: () => new Callers(),
  context: () => new Context(),
  echo: () => new Echo(),
  failing: () => new Failing(),
  file: () => new File(),
  "gpu-trainer": () => new GpuTrainer(),
  misdeclared: () => new Misdeclared(),
  once: () => new Once(),
  reloader: () => new Reloader(),
  slow: () => new Slow(),
  stream: () => new Stream(),
  trainer: () => new Trainer(),
  unwarmable: () => new Unwarmable(),
  values: () => new Values(),
} as const satisfies Readonly<Record<string, () => Model>>;

export type FixtureName = keyof typeof fixtures;

/**
 * Returns new instances of the named models. Another process imports `@deepaas/conformance/models/<name>`, whose default
 * export is the class.
 */
export function fixtureModels(names: readonly FixtureName[]): Readonly<Partial<Record<FixtureName, Model>>> {
  return Object.fromEntries(names.map((name) => [name, fixtures[name]()]));
}
