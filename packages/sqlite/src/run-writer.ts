// Numbers the events of a run, writes them, and stores what is kept beside the record.
import type { DatabaseSync } from "node:sqlite";
import { isTerminal, type RunEvent } from "@deepaas/core";
import {
  applyEvents,
  checkpointFrom,
  deepFrozen,
  type LogAppend,
  type NewRun,
  newRecord,
  nextEvents,
} from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";
import type { RunBlobs } from "./run-blobs.ts";
import type { RunLog } from "./run-log.ts";
import type { KeptRun, RunPlace, RunTable } from "./run-table.ts";
import { secretText } from "./secret-text.ts";

export interface RunWriterParts {
  readonly table: RunTable;
  readonly log: RunLog;
  readonly blobs: RunBlobs;
  readonly keepEvents: number;
}

export class RunWriter {
  readonly #parts: RunWriterParts;
  readonly #addArgs;
  readonly #addSecrets;
  readonly #eraseSecrets;
  readonly #forgetRun;
  readonly #forgetArgs;
  readonly #forgetLog;

  constructor(db: DatabaseSync, parts: RunWriterParts) {
    this.#parts = parts;
    this.#addArgs = db.prepare("INSERT INTO args (run, args, files, traceparent) VALUES (?, ?, ?, ?)");
    this.#addSecrets = db.prepare("INSERT INTO secrets (run, body) VALUES (?, ?)");
    this.#eraseSecrets = db.prepare("DELETE FROM secrets WHERE run = ?");
    this.#forgetRun = db.prepare("DELETE FROM runs WHERE number = ?");
    this.#forgetArgs = db.prepare("DELETE FROM args WHERE run = ?");
    this.#forgetLog = db.prepare("INSERT INTO removed (run) VALUES (?)");
  }

  create(newRun: NewRun, batch: Batch): KeptRun {
    const { fingerprint } = newRun;
    const { table } = this.#parts;
    const at = new Date().toISOString();
    const text = JSON.stringify(newRun.args);
    const draft = {
      fingerprint,
      // A copy of the arguments: the caller may change its object.
      run: newRecord(newRun, JSON.parse(text) as NewRun["args"], at),
      held: false,
      appendNumber: 0,
      lostInARow: 0,
      bytes: 0,
      lastAt: at,
    } as const;
    const number = table.insert(draft);
    const bytes = this.addArgs(number, text, newRun.private);
    return this.record({ ...draft, number, bytes }, [{ fact: { type: "queued" } }], batch);
  }

  /** `args`: the public ones, as JSON. Returns the bytes of all arguments, with their files. */
  addArgs(number: number, args: string, { secrets, files, traceparent }: NewRun["private"]): number {
    this.#addArgs.run(number, args, JSON.stringify(files), traceparent ?? null);
    if (Object.keys(secrets).length > 0) this.#addSecrets.run(number, secretText(secrets));
    return Buffer.byteLength(args) + this.#parts.blobs.addFiles(number, files);
  }

  /** Returns the run after `entries`. `kept` may be newer than its row in all members but `run`. */
  record(kept: KeptRun, entries: readonly LogAppend[], batch: Batch): KeptRun {
    const { table, log, keepEvents } = this.#parts;
    const before = kept.run;
    const { at, facts, events } = nextEvents(kept, entries);
    const run = applyEvents(before, events);
    let next: KeptRun = { ...kept, run, lastAt: at };
    for (const [i, entry] of entries.entries()) {
      // Hot path: many reports are applied together; nothing is kept beside them.
      if (entry.fact.type !== "progress") next = this.#keepBeside(next, { entry, event: events[i] as RunEvent, batch });
    }
    const added = log.append({ id: run.id, number: kept.number }, { facts, events, batch });
    const firstSeq = Math.max(run.firstSeq, run.lastSeq - keepEvents + 1);
    const trimmed = firstSeq > run.firstSeq ? log.trim(kept.number, firstSeq) : 0;
    next = { ...next, bytes: next.bytes + added - trimmed, run: deepFrozen({ ...run, firstSeq }) };
    table.update(next, before);
    batch.set(next);
    batch.woken.add(run.id);
    return next;
  }

  /** Does not read the record, which may be damaged. */
  forget({ number, id }: RunPlace, batch: Batch): void {
    this.#forgetRun.run(number);
    this.#forgetArgs.run(number);
    this.#forgetLog.run(number);
    this.#parts.blobs.forget(number, batch);
    batch.removed = true;
    batch.drop(id);
    batch.woken.add(id);
  }

  /** Applies an event to what is kept beside the record. */
  #keepBeside(kept: KeptRun, { entry, event, batch }: Recorded): KeptRun {
    const { blobs } = this.#parts;
    const { number, bytes, run } = kept;
    const { blob } = entry;
    switch (event.type) {
      case "checkpoint": {
        const grown = blobs.addCheckpoint(number, event.seq, { checkpoint: checkpointFrom(event.step, entry), batch });
        return { ...kept, lostInARow: 0, bytes: bytes + grown };
      }
      case "artifact":
        if (!blob) return kept;
        return { ...kept, bytes: bytes + blobs.replace(number, `artifact/${event.name}`, { blob, batch }) };
      case "published":
        return {
          ...kept,
          bytes: bytes + blobs.publish(number, { blob, publication: entry.publication, batch }),
        };
      case "lost": {
        // A lost run with a recorded cancel stays held: its holder ends it.
        const held = run.state === "stopping";
        return { ...kept, held, lostInARow: kept.lostInARow + (entry.counted === false ? 0 : 1) };
      }
    }
    if (!isTerminal(event.type)) return kept;
    if (this.#eraseSecrets.run(number).changes > 0) batch.erased = true;
    // From now on the version that was made of published weights refers to the file.
    const grown = event.type === "succeeded" ? blobs.replace(number, "published", { blob: undefined, batch }) : 0;
    return { ...kept, held: false, bytes: bytes + grown };
  }
}

interface Recorded {
  readonly entry: LogAppend;
  readonly event: RunEvent;
  readonly batch: Batch;
}
