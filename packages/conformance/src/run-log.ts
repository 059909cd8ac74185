// Invariants of every log of a run.
import assert from "node:assert/strict";
import { isTerminal, type Run, type RunEvent } from "@deepaas/core";
import { applyEvent } from "@deepaas/core/ports";

/** Checks that `seq` is dense after `after`, times and attempts go up, and only the last event is terminal. */
export function checkLog(events: readonly RunEvent[], after = 0): void {
  let at = "";
  let attempt = 0;
  for (const [i, event] of events.entries()) {
    assert.equal(event.seq, after + i + 1, `seq is dense: ${JSON.stringify(events.map(({ seq }) => seq))}`);
    assert.match(event.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    assert.ok(event.at >= at, "the time of an event is not before that of the previous one");
    at = event.at;
    assert.equal(event.type === "queued", event.seq === 1, "queued is the first event and occurs once");
    if (event.type === "started") {
      if (attempt > 0 || after === 0) assert.equal(event.attempt, attempt + 1, "attempt numbers are dense");
      attempt = event.attempt;
    }
    if (isTerminal(event.type)) assert.equal(i, events.length - 1, `no event follows ${event.type}`);
  }
}

/** Checks the whole log of an ended run. */
export function checkEndedLog(events: readonly RunEvent[]): void {
  checkLog(events);
  const last = events.at(-1);
  assert.ok(last && isTerminal(last.type), `the log ends with a terminal event: ${JSON.stringify(last)}`);
}

/** Checks that the record of a run is the result of its log. */
export function checkRecord(run: Run, events: readonly RunEvent[]): void {
  const { id, model, owner, args, createdAt, firstSeq } = run;
  const constant = { id, model, ...(owner !== undefined && { owner }), args, createdAt, firstSeq };
  const queued: Run = { ...constant, state: "queued", attempt: 0, lastSeq: 0, artifacts: [] };
  assert.deepEqual(run, events.reduce(applyEvent, queued));
}

export function typesOf(events: readonly RunEvent[]): readonly RunEvent["type"][] {
  return events.map(({ type }) => type);
}
