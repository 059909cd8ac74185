// What one chart draws, from the columns of its lines and the settings: plain data, without a canvas.
import type { Columns } from "./columns.ts";
import { type Axis, type Curve, curveOf, type Line } from "./curve.ts";
import { decimate, type Range } from "./decimate.ts";
import { mergeLines, type Row } from "./merge-lines.ts";
import type { ChartSettings } from "./settings.ts";
import { smooth } from "./smooth.ts";

export interface AttemptStart {
  readonly attempt: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** One metric of one run. */
export interface ChartLine {
  readonly key: string;
  readonly label: string;
  /** From 1 to 10: the number of its colour. */
  readonly color: number;
  /** Lengths of strokes and gaps; empty for a solid line. */
  readonly dash: readonly number[];
  readonly columns: Columns;
  readonly attempts: readonly AttemptStart[];
  /** Where its time axis starts, in milliseconds since 1970. */
  readonly origin: number;
}

/** "raw": the values behind a smoothed line. */
export type Role = "line" | "raw" | "replaced";

export interface ContentSeries {
  readonly line: ChartLine;
  readonly role: Role;
}

export interface Mark {
  readonly x: number;
  readonly label: string;
}

export interface ChartContent {
  readonly axis: Axis;
  readonly log: boolean;
  readonly range: Range;
  readonly x: readonly number[];
  readonly rows: readonly Row[];
  /** Of `rows`. */
  readonly series: readonly ContentSeries[];
  readonly attempts: readonly Mark[];
  readonly nonFinite: readonly number[];
  /** Values that a logarithmic axis cannot show. */
  readonly notPositive: number;
}

export function chartContent(lines: readonly ChartLine[], settings: ChartSettings, width: number): ChartContent {
  const axis = lines.some(({ columns }) => hasStep(columns)) ? settings.axis : "time";
  const curves = lines.map((line) => curveOf(line.columns, axis, line.origin));
  const log = settings.log && lines.some(({ columns }) => columns.max > 0);
  const range = rangeOf(curves, axis === settings.axis ? settings : undefined);
  let notPositive = 0;
  const shown = ({ x, y }: Line): Line => {
    if (!log) return { x, y };
    return { x, y: y.map((value) => (value > 0 ? value : Number.NaN)) };
  };
  const series: ContentSeries[] = [];
  const drawn: Line[] = [];
  const add = (line: ChartLine, role: Role, data: Line) => {
    series.push({ line, role });
    drawn.push(decimate(shown(data), range, Math.max(50, Math.round(width))));
  };
  // What is drawn last is on top.
  for (const [i, { replaced }] of curves.entries()) {
    for (const one of replaced) add(lines[i] as ChartLine, "replaced", one);
  }
  for (const [i, { current }] of curves.entries()) {
    const line = lines[i] as ChartLine;
    if (log) notPositive += current.y.reduce((sum, value) => sum + Number(value <= 0), 0);
    if (settings.smoothing > 0) add(line, "raw", current);
    add(line, "line", settings.smoothing > 0 ? smooth(current, settings.smoothing) : current);
  }
  return {
    axis,
    log,
    range,
    ...mergeLines(drawn),
    series,
    attempts: lines.length === 1 ? attemptMarks(lines[0] as ChartLine, axis) : [],
    nonFinite: curves.flatMap((curve) => curve.nonFinite),
    notPositive,
  };
}

function hasStep({ step, length }: Columns): boolean {
  for (let i = 0; i < length; i++) if (!Number.isNaN(step[i])) return true;
  return false;
}

function rangeOf(curves: readonly Curve[], limits: Pick<ChartSettings, "from" | "to"> | undefined): Range {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { current, replaced } of curves) {
    for (const { x } of [current, ...replaced]) {
      if (x.length === 0) continue;
      first = Math.min(first, x[0] as number);
      last = Math.max(last, x.at(-1) as number);
    }
  }
  if (first > last) [first, last] = [0, 1];
  const from = limits?.from ?? first;
  const to = limits?.to ?? last;
  if (from < to) return { from, to };
  const padding = Math.abs(from) * 0.01 || 0.5;
  return { from: Math.min(from, to) - padding, to: Math.max(from, to) + padding };
}

/** The starts of all attempts but the first one that has values. */
function attemptMarks({ columns, attempts, origin }: ChartLine, axis: Axis): readonly Mark[] {
  const marks: Mark[] = [];
  const { attempt, step, length } = columns;
  for (let i = 1; i < length; i++) {
    const number = attempt[i] as number;
    if (number === attempt[i - 1]) continue;
    const started = attempts.find((one) => one.attempt === number)?.at ?? (columns.at[i] as number);
    const x = axis === "step" ? (step[i] as number) : (started - origin) / 1_000;
    if (!Number.isNaN(x)) marks.push({ x, label: `attempt ${number}` });
  }
  return marks;
}
