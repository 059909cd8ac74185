// A run as a training of DEEPaaS V2.
import type { JsonObject, JsonValue, Run, RunState } from "@deepaas/core";

export type V2Status = "running" | "done" | "error" | "cancelled";

export interface V2Training {
  /** Local time without a zone, `YYYY-MM-DD HH:MM:SS.ffffff`. */
  readonly date: string;
  readonly args: JsonObject;
  readonly uuid: string;
  readonly status: V2Status;
  /** For a training that is `done`. The duration is `H:MM:SS.ffffff`. */
  readonly result?: { readonly output: JsonValue; readonly finish_date: string; readonly duration: string };
  /** For a training with the status `error`. */
  readonly message?: string;
}

const statuses: Readonly<Record<RunState, V2Status>> = {
  queued: "running",
  running: "running",
  stopping: "running",
  lost: "running",
  succeeded: "done",
  failed: "error",
  cancelled: "cancelled",
};

export function toV2Training(run: Run): V2Training {
  const { id, state, args, createdAt, startedAt, endedAt, result, error } = run;
  return {
    date: toLocalText(createdAt),
    args,
    uuid: id,
    status: statuses[state],
    ...(state === "succeeded" && {
      result: {
        output: result ?? null,
        finish_date: toLocalText(endedAt ?? createdAt),
        duration: toDurationText(Date.parse(endedAt ?? createdAt) - Date.parse(startedAt ?? createdAt)),
      },
    }),
    ...(state === "failed" && { message: error?.message ?? "" }),
  };
}

/** `str(datetime)` of Python, in the time zone of this process. */
export function toLocalText(iso: string): string {
  const date = new Date(iso);
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${time}.${micros(date.getMilliseconds())}`;
}

/** `str(timedelta)` of Python, always with microseconds. */
export function toDurationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const seconds = Math.floor(whole / 1000);
  const days = Math.floor(seconds / 86_400);
  const clock = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${micros(whole % 1000)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function micros(ms: number): string {
  return `${String(ms).padStart(3, "0")}000`;
}
