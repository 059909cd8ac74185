// The events of runs as a file: CSV with a row for each report, or JSON lines with each event. As `deepaas export` writes them.
import type { Run, RunEvent } from "@deepaas/core";
import { ProgressCsv } from "@deepaas/protocol";

export interface RunLogOf {
  readonly run: Pick<Run, "id">;
  readonly events: readonly RunEvent[];
}

export function csvOf(logs: readonly RunLogOf[]): string {
  const csv = new ProgressCsv();
  const rows = logs.flatMap(({ run, events }) => {
    let attempt: number | undefined;
    return events.flatMap((event) => {
      if (event.type === "started") attempt = event.attempt;
      return event.type === "progress" ? [csv.row(run.id, event, attempt)] : [];
    });
  });
  return csv.header() + rows.map((row) => csv.line(row)).join("");
}

export function jsonLinesOf(logs: readonly RunLogOf[]): string {
  return logs
    .flatMap(({ run, events }) => events.map((event) => `${JSON.stringify({ run: run.id, ...event })}\n`))
    .join("");
}
