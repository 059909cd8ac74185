// What the cases about clusters do with runs.

import { setTimeout as sleep } from "node:timers/promises";
import type { RunEvent } from "@deepaas/core";
import type { Control } from "../control.ts";
import type { Action } from "../models/trainer.ts";

const pollMs = 25;

/** Calls `read` until `is` accepts its value, and returns that. The limit is the time of the case. */
export async function until<T>(read: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (is(value)) return value;
    await sleep(pollMs);
  }
}

/** Begins with a checkpoint and a note `began`, which names the attempt, and waits at the gate `go`. */
export const heldScript: readonly Action[] = [
  { do: "report", step: 1 },
  { do: "checkpoint", step: 1, data: { kept: true }, file: "the first checkpoint" },
  { do: "note", name: "began" },
  { do: "gate", name: "go" },
  { do: "report", step: 2 },
];

export const held = (control: Control) => ({ control: control.id, script: heldScript });

/** What the note `began` of an attempt says. */
export interface Began {
  readonly attempt: number;
  readonly resumeFrom: { readonly step: number; readonly data?: unknown; readonly file: string | null } | null;
}

/** Waits until `count` attempts of the runs of a case have begun, and returns the last of them. */
export async function began(control: Control, count: number): Promise<Began> {
  const notes = await control.waitForNotes("began", count);
  return JSON.parse(notes[count - 1] as string) as Began;
}

export const fromTheCheckpoint = { step: 1, data: { kept: true }, file: "the first checkpoint" };

export function reasons(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) => (event.type === "lost" ? [event.reason] : []));
}
