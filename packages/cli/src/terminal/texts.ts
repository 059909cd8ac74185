// Times, numbers and metrics as people read them.
import { stripVTControlCharacters } from "node:util";
import type { Metrics } from "@deepaas/core";

/** Text of a model or a server without what would control the terminal. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replace(/(?!\n|\t)\p{Cc}/gu, "");
}

/** `0:07`, `12:30`, `1:02:03`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** At most five digits that count. */
export function numberText(value: number | string): string {
  if (typeof value === "string" || Number.isInteger(value)) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

/** `loss=0.12 accuracy=0.9`. */
export function metricsText(metrics: Metrics): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${plainText(name)}=${numberText(value)}`)
    .join(" ");
}

/** `1.2 MB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${numberText(power === 0 ? bytes : Math.round((bytes / 1_000 ** power) * 10) / 10)} ${units[power]}`;
}

/** `2026-11-27 10:00:00` in the time zone of the reader. */
export function timeText(iso: string | undefined): string {
  if (iso === undefined) return "";
  const date = new Date(iso);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const levels = "▁▂▃▄▅▆▇█";

/** One character for each value, or for the mean of several if there are more than `width`. */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  const size = Math.ceil(finite.length / width) || 1;
  const means = Array.from({ length: Math.ceil(finite.length / size) }, (_, i) => {
    const bucket = finite.slice(i * size, (i + 1) * size);
    return bucket.reduce((sum, value) => sum + value, 0) / bucket.length;
  });
  const low = Math.min(...means);
  const range = Math.max(...means) - low;
  return means
    .map((mean) => levels[range === 0 ? 0 : Math.round(((mean - low) / range) * (levels.length - 1))])
    .join("");
}
