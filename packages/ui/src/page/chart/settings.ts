// How the charts of a view are drawn. The address of the view has it, so that a link restores it.
import type { Axis } from "./curve.ts";

export interface ChartSettings {
  readonly axis: Axis;
  /** From 0, none, to 0.99. */
  readonly smoothing: number;
  readonly log: boolean;
  /** The part of the axis that is shown: "" for all of it, "0.5" for its last half, "20_90" from 20 to 90. */
  readonly part: string;
}

export const mostSmoothing = 0.99;

export function settingsFrom(query: URLSearchParams): ChartSettings {
  return {
    axis: query.get("x") === "time" ? "time" : "step",
    smoothing: Math.min(mostSmoothing, Math.max(0, Number(query.get("smooth")) || 0)),
    log: query.get("log") === "true",
    part: query.get("part") ?? "",
  };
}

/** Returns the part of an axis from `first` to `last` that is shown. */
export function rangeOf(part: string, first: number, last: number): [number, number] {
  const [from = 0, to = Number.NaN] = part.split("_").map(Number);
  if (from < to) return [from, to];
  const start = from > 0 && from < 1 ? last - (last - first) * from : first;
  return start < last ? [start, last] : [first - 0.5, first + 0.5];
}
