import type { RunState } from "@deepaas/core";

type Tone = "good" | "busy" | "warn" | "bad" | "";

const tones: Readonly<Record<RunState, Tone>> = {
  queued: "",
  running: "busy",
  stopping: "warn",
  lost: "warn",
  succeeded: "good",
  failed: "bad",
  cancelled: "",
};

export function Badge({ tone = "", children }: { readonly tone?: Tone; readonly children: string }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

export function StateBadge({ state }: { readonly state: RunState }) {
  return <Badge tone={tones[state]}>{state}</Badge>;
}
