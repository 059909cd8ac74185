// Numbers, times and sizes as people read them.
import type { MetricValue } from "@deepaas/core";

/** At most five significant digits: `0.98214`, `1.2e-7`, `123,456`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(3).replace(/\.?0+e/, "e");
  return Number(value.toPrecision(size >= 1e5 ? 9 : 5)).toLocaleString("en", { maximumFractionDigits: 20 });
}

/** Empty for a metric that was not reported. */
export function metricText(value: MetricValue | undefined): string {
  return value === undefined ? "" : numberText(Number(value));
}

export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 10 min`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? ms.toFixed(1).replace(/\.0$/, "") : Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(Math.floor(seconds % 60))} s`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  return `${Math.floor(minutes / (24 * 60))} d ${Math.floor((minutes / 60) % 24)} h`;
}

/** `just now`, `5 min ago`, or the date. */
export function agoText(at: string, now = Date.now()): string {
  const ms = now - Date.parse(at);
  if (ms < 60_000) return ms < 5_000 ? "just now" : `${Math.floor(ms / 1_000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h ago`;
  return timeText(at);
}

/** Local date and time with seconds. */
export function timeText(at: string | number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
