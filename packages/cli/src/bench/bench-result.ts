// What `deepaas bench` has measured, as a table for people and as an object for programs.
import { styled } from "../terminal/style.ts";
import { type Column, table } from "../terminal/table.ts";

/** One measurement: so many callers for so long. */
export interface Level {
  readonly callers: number;
  /** Absent: the model has no `predictBatch`. */
  readonly batching?: boolean;
  /** Calls that succeeded. */
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  /** Times of calls that succeeded, as the client sees them. 0 if there are none. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** By code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Processors that the server and its workers used, on average; 1.5: one and a half. Absent for a server elsewhere. */
  readonly cpu?: number;
  /** Memory of the server and its workers at the end. */
  readonly rssBytes?: number;
  /** Processors that the load generator used. */
  readonly loadCpu: number;
}

export interface Measured {
  /** The name of the model. */
  readonly model: string;
  readonly module?: string;
  readonly url?: string;
  readonly workers?: number;
  readonly inline?: boolean;
  /** Of each measurement, as it was wanted. */
  readonly seconds: number;
  readonly levels: readonly Level[];
}

/** Near one whole processor the generator, which has one thread, may be slower than the server. */
const busyGenerator = 0.9;

/** Rows with the same number of callers are together, so that batching on and off are side by side. */
export function benchTable({ levels }: Measured): string {
  if (levels.length === 0) return "nothing was measured\n";
  const has = (key: keyof Level) => levels.some((level) => level[key] !== undefined);
  const columns: readonly (Column & { readonly text: (level: Level) => string; readonly isShown?: boolean })[] = [
    { title: "Callers", align: "right", text: ({ callers }) => String(callers) },
    { title: "Batching", text: ({ batching }) => (batching ? "on" : "off"), isShown: has("batching") },
    { title: "Calls/s", align: "right", text: ({ callsPerSecond }) => whole(callsPerSecond) },
    { title: "p50", align: "right", text: ({ p50Ms }) => milliseconds(p50Ms) },
    { title: "p95", align: "right", text: ({ p95Ms }) => milliseconds(p95Ms) },
    { title: "p99", align: "right", text: ({ p99Ms }) => milliseconds(p99Ms) },
    {
      title: "CPU",
      align: "right",
      text: ({ cpu }) => (cpu === undefined ? "-" : `${Math.round(cpu * 100)} %`),
      isShown: has("cpu"),
    },
    {
      title: "Memory",
      align: "right",
      text: ({ rssBytes }) => (rssBytes === undefined ? "-" : `${whole(rssBytes / 1_048_576)} MiB`),
      isShown: has("rssBytes"),
    },
    { title: "Errors", text: ({ errors }) => errorsText(errors) },
  ];
  const shown = columns.filter(({ isShown = true }) => isShown);
  const rows = sideBySide(levels).map((level) => shown.map(({ text }) => text(level)));
  const isBusy = levels.some(({ loadCpu }) => loadCpu >= busyGenerator);
  const note = "the load generator used a whole processor: the server may be quicker than it seems\n";
  return table(shown, rows) + (isBusy ? note : "");
}

/** Returns one line. */
export function benchJson(measured: Measured): string {
  return `${JSON.stringify({ ...measured, levels: sideBySide(measured.levels) })}\n`;
}

function sideBySide(levels: readonly Level[]): readonly Level[] {
  return levels.toSorted((a, b) => a.callers - b.callers);
}

function errorsText(errors: Level["errors"]): string {
  const kinds = Object.entries(errors);
  if (kinds.length === 0) return "-";
  return styled("red", kinds.map(([code, count]) => `${whole(count)} ${code}`).join(", "));
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Three figures: `0.84 ms`, `12.3 ms`, `1,250 ms`. */
export function milliseconds(ms: number): string {
  if (ms === 0) return "-";
  const digits = ms < 1 ? 2 : ms < 100 ? 1 : 0;
  return `${ms.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })} ms`;
}
