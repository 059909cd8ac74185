// What an export is made of.
import type { Run, RunEvent } from "@deepaas/core";

/** A run to export, with the events of its log in their order. They are read once. */
export interface ExportedRun {
  readonly run: Run;
  readonly events: AsyncIterable<RunEvent>;
}
