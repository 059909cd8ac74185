import { delaySeconds } from "./buckets.ts";
import { clock } from "./clock.ts";
import type { Recorder } from "./recorder.ts";

const intervalMs = 100;

/** Begins to measure how late the timers of the process are. Returns a function that ends it. */
export function measureEventLoop(recorder: Recorder): () => void {
  const delay = recorder.histogram(
    { name: "deepaas_event_loop_delay_seconds", help: "How late a timer is that runs every 0.1 s." },
    delaySeconds,
  )({});
  let last = clock.now();
  const timer = setInterval(() => {
    const now = clock.now();
    delay.observe(Math.max(0, now - last - intervalMs) / 1_000);
    last = now;
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
