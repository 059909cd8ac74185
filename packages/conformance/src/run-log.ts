// What must hold for every log of a run, whatever happened to it.
import assert from "node:assert/strict";
import { isTerminal, type Run, type RunEvent } from "@deepaas/core";
import { applyEvent } from "@deepaas/core/ports";

/** `seq` is dense after `after`, times are in order, attempts count up, and only the last event may be terminal. */
export function checkLog(events: readonly RunEvent[], after = 0): void {
  let at = "";
  let attempt = 0;
  for (const [i, event] of events.entries()) {
    assert.equal(event.seq, after + i + 1, `seq is dense: ${JSON.stringify(events.map(({ seq }) => seq))}`);
    assert.match(event.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.ok(event.at >= at, "time does not go back");
    at = event.at;
    assert.equal(event.type === "queued", event.seq === 1, "queued is the first event and no other");
    if (event.type === "started") {
      if (attempt > 0 || after === 0) assert.equal(event.attempt, attempt + 1, "attempts count up");
      attempt = event.attempt;
    }
    if (isTerminal(event.type)) assert.equal(i, events.length - 1, `nothing follows ${event.type}`);
  }
}

/** A whole log that has ended. */
export function checkEndedLog(events: readonly RunEvent[]): void {
  checkLog(events);
  const last = events.at(-1);
  assert.ok(last && isTerminal(last.type), `the log ends with a terminal event: ${JSON.stringify(last)}`);
}

/** The record says what the log says. */
export function checkRecord(run: Run, events: readonly RunEvent[]): void {
  const { id, model, owner, args, createdAt, firstSeq } = run;
  const given = { id, model, ...(owner !== undefined && { owner }), args, createdAt, firstSeq };
  const queued: Run = { ...given, state: "queued", attempt: 0, lastSeq: 0, artifacts: [] };
  assert.deepEqual(run, events.reduce(applyEvent, queued));
}

export function typesOf(events: readonly RunEvent[]): readonly RunEvent["type"][] {
  return events.map(({ type }) => type);
}
