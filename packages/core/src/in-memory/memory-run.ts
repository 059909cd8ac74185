// A run as the store in memory keeps it.
import { deepFrozen } from "../contract/deep-frozen.ts";
import type { Run, RunEvent } from "../contract/run.ts";
import type { BlobRef } from "../ports/blob-store.ts";
import type { NewRun, PrivateArgs, Publication, StoredCheckpoint, StoredRun } from "../ports/run-store.ts";
import { newRecord } from "../runs/record.ts";
import { wasHeld } from "../runs/stored-log.ts";

export interface MemoryRun {
  run: Run;
  readonly number: number;
  readonly fingerprint: string;
  private: PrivateArgs;
  /** A window of the log: the event `run.firstSeq` is at `offset`. */
  events: RunEvent[];
  offset: number;
  held: boolean;
  appendNumber: number;
  lostInARow: number;
  checkpoints: StoredCheckpoint[];
  artifacts: Map<string, BlobRef>;
  published: Publication | undefined;
  /** Since when it is in its state. */
  stateAt: string;
  /** Its position in the order of all ends, independent of the clock. */
  endedAs: number;
}

export function newMemoryRun(newRun: NewRun, number: number): MemoryRun {
  const createdAt = new Date().toISOString();
  return {
    run: newRecord(newRun, newRun.args, createdAt),
    number,
    fingerprint: newRun.fingerprint,
    private: newRun.private,
    events: [],
    offset: 0,
    held: false,
    appendNumber: 0,
    lostInARow: 0,
    checkpoints: [],
    artifacts: new Map(),
    published: undefined,
    stateAt: createdAt,
    endedAs: 0,
  };
}

export function memoryRunFrom(stored: StoredRun, { number, events }: Pick<MemoryRun, "number" | "events">): MemoryRun {
  // A copy: the caller may change its object.
  const { artifacts, checkpoints, published, endedAs = 0, run, ...same } = structuredClone(stored);
  return {
    ...same,
    ...{ run: deepFrozen(run), number, events, offset: 0, held: wasHeld(run), appendNumber: 0, published, endedAs },
    checkpoints: [...checkpoints],
    artifacts: new Map(artifacts.map(({ name, blob }) => [name, blob])),
  };
}

export function storedRunFrom(kept: MemoryRun): StoredRun {
  const { run, fingerprint, private: privateArgs, checkpoints, published, lostInARow, stateAt, endedAs } = kept;
  const artifacts = run.artifacts.flatMap(({ name }) => {
    const blob = kept.artifacts.get(name);
    return blob ? [{ name, blob }] : [];
  });
  return {
    ...{ run, fingerprint, private: privateArgs, checkpoints, artifacts, lostInARow, stateAt },
    ...(published && { published }),
    ...(endedAs > 0 && { endedAs }),
  };
}

export function trim(stored: MemoryRun, keepEvents: number): void {
  const surplus = stored.events.length - stored.offset - keepEvents;
  if (surplus <= 0) return;
  stored.offset += surplus;
  stored.run = { ...stored.run, firstSeq: stored.run.firstSeq + surplus };
  // Copy the array only once in a while, not for each trimmed event.
  if (stored.offset >= keepEvents) {
    stored.events = stored.events.slice(stored.offset);
    stored.offset = 0;
  }
}

export function bytesOf(stored: MemoryRun): number {
  return blobsOf(stored).reduce((sum, { size }) => sum + size, 0);
}

export function blobsOf(stored: MemoryRun): BlobRef[] {
  return [
    ...Object.values(stored.private.files).flat(),
    ...stored.checkpoints.flatMap(({ blob }) => blob ?? []),
    ...stored.artifacts.values(),
    ...(stored.published ? [stored.published.blob] : []),
  ];
}
