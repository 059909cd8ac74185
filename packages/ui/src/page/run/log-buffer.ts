import type { RunEvent } from "@deepaas/core";
import { type LogLine, lineOf } from "./log-lines.ts";

/** More lines than these are dropped at the start; "earlier" loads them again. */
const mostLines = 20_000;

const mostCheckpoints = 1_000;

/** A part of a run's log without a gap. */
export class LogBuffer {
  lines: LogLine[] = [];
  /** Checkpoints of that part. */
  checkpoints: { readonly step: number; readonly at: string }[] = [];
  /** The last event before that part. */
  before = 0;
  /** The first event that the server had. */
  firstSeq = 1;

  reset(firstSeq: number, before: number): void {
    this.lines = [];
    this.checkpoints = [];
    this.before = before;
    this.firstSeq = firstSeq;
  }

  get hasEarlier(): boolean {
    return this.before >= this.firstSeq;
  }

  /** Returns whether the event is a line. */
  add(event: RunEvent): boolean {
    const line = lineOf(event);
    if (!line) return false;
    if (event.type === "checkpoint") {
      this.checkpoints.push({ step: event.step, at: event.at });
      if (this.checkpoints.length > mostCheckpoints) this.checkpoints.splice(0, mostCheckpoints / 2);
    }
    this.lines.push(line);
    if (this.lines.length > mostLines) {
      const dropped = this.lines.splice(0, mostLines / 4);
      this.before = dropped.at(-1)?.seq ?? this.before;
    }
    return true;
  }

  /** Puts what is between `before` and the present start in front. */
  addEarlier(earlier: Pick<LogBuffer, "lines" | "checkpoints">, before: number): void {
    this.lines = [...earlier.lines, ...this.lines];
    this.checkpoints = [...earlier.checkpoints, ...this.checkpoints];
    this.before = before;
  }
}
