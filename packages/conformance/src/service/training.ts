// Starts the trainer and watches its run to the end, for the cases about runs.
import type { ModelService, Run, RunEvent } from "@deepaas/core";
import { collect } from "../expect.ts";
import type { TrainerArgs } from "../models/trainer.ts";
import { checkEndedLog, checkRecord } from "../run-log.ts";

interface TrainOptions {
  readonly runId?: string;
  readonly model?: "trainer" | "once";
}

export function startTraining(service: ModelService, args: TrainerArgs, options: TrainOptions = {}): Promise<Run> {
  const { model = "trainer", runId } = options;
  return service.train(model, args, runId === undefined ? {} : { runId });
}

export interface EndedRun {
  readonly run: Run;
  /** The whole log. */
  readonly events: readonly RunEvent[];
}

/** Watches the run to its end, and checks its log and its record. */
export async function ended(service: ModelService, id: string): Promise<EndedRun> {
  const events = await collect(service.watch(id, { after: 0 }));
  checkEndedLog(events);
  const run = await service.run(id);
  checkRecord(run, events);
  return { run, events };
}

export async function trained(service: ModelService, args: TrainerArgs, options: TrainOptions = {}): Promise<EndedRun> {
  const { id } = await startTraining(service, args, options);
  return ended(service, id);
}

/** Returns the first event of a type as soon as it arrives. */
export async function reached(service: ModelService, id: string, type: RunEvent["type"]): Promise<RunEvent> {
  for await (const event of service.watch(id)) if (event.type === type) return event;
  throw new Error(`The run ${id} ended without an event ${type}.`);
}

export function only<T extends RunEvent["type"]>(
  events: readonly RunEvent[],
  type: T,
): readonly Extract<RunEvent, { type: T }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** The arguments of a training that reports, waits at the gate `go`, and reports again. */
export const gated = (control: { readonly id: string }) =>
  ({
    control: control.id,
    script: [
      { do: "report", step: 1 },
      { do: "gate", name: "go" },
      { do: "report", step: 2 },
    ],
  }) as const;
