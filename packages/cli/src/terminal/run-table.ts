// Runs as a table, and one run in full.
import type { Run } from "@deepaas/core";
import { type Style, styled } from "./style.ts";
import { definitions, table } from "./table.ts";
import { bytesText, clockText, metricsText, numberText, plainText, timeText } from "./texts.ts";

const stateStyles: Readonly<Record<Run["state"], Style>> = {
  queued: "yellow",
  running: "cyan",
  stopping: "yellow",
  lost: "yellow",
  succeeded: "green",
  failed: "red",
  cancelled: "dim",
};

export function runsTable(runs: readonly Run[]): string {
  const columns = ["Run", "Model", "State", "Started", "Time", "Step", "Metrics"].map((title) => ({ title }));
  return table(
    columns,
    runs.map((run) => [
      run.id,
      run.model,
      styled(stateStyles[run.state], run.state),
      timeText(run.startedAt ?? run.createdAt),
      timeOf(run),
      stepOf(run),
      run.error ? plainText(run.error.message) : metricsText(run.progress?.metrics ?? {}),
    ]),
  );
}

export function runText(run: Run): string {
  const rows: (readonly [string, string | undefined])[] = [
    ["run", run.id],
    ["model", run.model],
    ["state", run.state],
    ["attempt", run.attempt > 1 ? String(run.attempt) : undefined],
    ["created", timeText(run.createdAt)],
    ["started", timeText(run.startedAt)],
    ["ended", timeText(run.endedAt)],
    ["time", timeOf(run)],
    ["step", stepOf(run)],
    ["metrics", metricsText(run.progress?.metrics ?? {})],
    ["message", run.progress?.message],
    ["checkpoint", run.checkpoint && `of step ${run.checkpoint.step}`],
    ["arguments", JSON.stringify(run.args)],
    ["artifacts", run.artifacts.map(({ name, size }) => `${name} (${bytesText(size)})`).join(", ")],
    ["result", run.result === undefined ? undefined : JSON.stringify(run.result)],
    ["reason", run.reason],
    ["error", run.error?.message],
    ["events", `${run.firstSeq} to ${run.lastSeq}`],
  ];
  return definitions(
    rows.flatMap(([name, text]) => {
      if (!text) return [];
      return [
        [styled("bold", name), name === "state" ? styled(stateStyles[run.state], text) : plainText(text)] as const,
      ];
    }),
  );
}

function timeOf({ startedAt, endedAt }: Run): string {
  if (startedAt === undefined) return "";
  const end = endedAt === undefined ? Date.now() : Date.parse(endedAt);
  return clockText((end - Date.parse(startedAt)) / 1_000);
}

function stepOf({ progress }: Run): string {
  const { step, total } = progress ?? {};
  return step === undefined ? "" : numberText(step) + (total === undefined ? "" : `/${numberText(total)}`);
}
