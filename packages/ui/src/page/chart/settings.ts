// How the charts of a view are drawn. The address of the view has it, so that a link restores it.
import type { Axis } from "./curve.ts";

export interface ChartSettings {
  readonly axis: Axis;
  /** From 0, none, to 0.99. */
  readonly smoothing: number;
  readonly log: boolean;
  /** The part of the axis that is shown; undefined for no limit. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export const mostSmoothing = 0.99;

export function settingsFrom(query: URLSearchParams): ChartSettings {
  const smoothing = numberFrom(query.get("smooth")) ?? 0;
  const from = numberFrom(query.get("from"));
  const to = numberFrom(query.get("to"));
  const isRange = from === undefined || to === undefined || from < to;
  return {
    axis: query.get("x") === "time" ? "time" : "step",
    smoothing: Math.min(mostSmoothing, Math.max(0, smoothing)),
    log: query.get("log") === "true",
    from: isRange ? from : undefined,
    to: isRange ? to : undefined,
  };
}

/** Returns the members of a query that differ from the defaults. */
export function queryOf({ axis, smoothing, log, from, to }: ChartSettings) {
  return {
    x: axis === "time" ? axis : undefined,
    smooth: smoothing || undefined,
    log: log || undefined,
    from: shortNumber(from),
    to: shortNumber(to),
  };
}

function numberFrom(text: string | null): number | undefined {
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function shortNumber(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(7));
}
