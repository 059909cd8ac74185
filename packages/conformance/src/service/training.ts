// Starting the scripted trainer and following it to its end, as nearly every case about runs does.
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
  /** All of its log. */
  readonly events: readonly RunEvent[];
}

/** Follows the run to its end; checks that its log is sound and that the record says the same. */
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

/** Waits for the first event of a type; the run goes on. */
export async function reached(service: ModelService, id: string, type: RunEvent["type"]): Promise<RunEvent> {
  for await (const event of service.watch(id)) if (event.type === type) return event;
  throw new Error(`The run ${id} ended without ${type}.`);
}

export function only<T extends RunEvent["type"]>(
  events: readonly RunEvent[],
  type: T,
): readonly Extract<RunEvent, { type: T }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** Reports once, waits for the gate `go`, and reports again. */
export const gated = (control: { readonly id: string }) =>
  ({
    control: control.id,
    script: [
      { do: "report", step: 1 },
      { do: "gate", name: "go" },
      { do: "report", step: 2 },
    ],
  }) as const;
