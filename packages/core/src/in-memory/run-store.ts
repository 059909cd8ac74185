// The `RunStore` that keeps everything in this process and forgets it with the process.

import { deepFrozen } from "../contract/deep-frozen.ts";
import { DeepaasError, invalidArgs } from "../contract/error.ts";
import { isTerminal, type Page, type Run, type RunEvent, type RunFilter } from "../contract/run.ts";
import type { BlobRef } from "../ports/blob-store.ts";
import type {
  AppendPosition,
  Claim,
  Holder,
  LogAppend,
  NewRun,
  PrivateArgs,
  RunStore,
  StoredCheckpoint,
} from "../ports/run-store.ts";
import { applyEvents, checkAppend, checkpointFrom, entryAfterCrash, mayBeClaimed } from "../runs/record.ts";

export interface MemoryStoreOptions {
  /** Events held per run; older ones are trimmed. Default 100,000, at least 1. */
  readonly keepEvents?: number;
}

interface Kept {
  run: Run;
  readonly number: number;
  readonly fingerprint: string;
  private: PrivateArgs;
  /** A window of the log: the event with seq `run.firstSeq` is at `offset`. */
  events: RunEvent[];
  offset: number;
  held: boolean;
  appendNumber: number;
  lostInARow: number;
  checkpoints: StoredCheckpoint[];
  artifacts: Map<string, BlobRef>;
  published: BlobRef | undefined;
  /** When it ended, in the order of all ends: a clock may go back. */
  endedAs: number;
}

export function memoryStore(options: MemoryStoreOptions = {}): RunStore {
  const keepEvents = Math.max(1, options.keepEvents ?? 100_000);
  const runs = new Map<string, Kept>();
  const published = new Map<string, { readonly runId: string; readonly blob: BlobRef }>();
  const wakers = new Map<string, Set<() => void>>();
  let holder: Holder = { id: "" };
  let created = 0;
  let ends = 0;

  const find = (runId: string): Kept => {
    const kept = runs.get(runId);
    if (!kept) throw new DeepaasError("not_found", `There is no run ${runId}.`);
    return kept;
  };

  const wake = (runId: string) => {
    for (const one of wakers.get(runId) ?? []) one();
  };

  /** Weights that are served stay, whatever becomes of their run. */
  const release = (model: string, blobs: readonly (BlobRef | undefined)[]) => {
    const served = published.get(model)?.blob.id;
    for (const blob of blobs) if (blob && blob.id !== served) holder.free?.(blob);
  };

  const serve = ({ run: { id, model } }: Kept, blob: BlobRef) => {
    const before = published.get(model);
    published.set(model, { runId: id, blob });
    if (before && runs.get(before.runId)?.published?.id !== before.blob.id) release(model, [before.blob]);
  };

  const record = (kept: Kept, entries: readonly LogAppend[]) => {
    const at = new Date().toISOString();
    let seq = kept.run.lastSeq;
    let unfolded: RunEvent[] = [];
    for (const entry of entries) {
      const event: RunEvent = deepFrozen({ seq: ++seq, at, ...entry.fact });
      kept.events.push(event);
      unfolded.push(event);
      // Reports come by the thousand: they are folded together, before whatever needs the record as it is by then.
      if (event.type === "progress") continue;
      kept.run = applyEvents(kept.run, unfolded);
      unfolded = [];
      keepBeside(kept, entry, event);
    }
    kept.run = deepFrozen(applyEvents(kept.run, unfolded));
    trim(kept, keepEvents);
  };

  const forget = (kept: Kept) => {
    runs.delete(kept.run.id);
    wake(kept.run.id);
    release(kept.run.model, blobsOf(kept));
  };

  /** What an event means for what lies beside the record. */
  const keepBeside = (kept: Kept, entry: LogAppend, event: RunEvent) => {
    switch (event.type) {
      case "checkpoint":
        kept.lostInARow = 0;
        release(
          kept.run.model,
          kept.checkpoints.slice(0, -1).map(({ blob }) => blob),
        );
        kept.checkpoints = [...kept.checkpoints.slice(-1), checkpointFrom(event.step, entry)];
        break;
      case "artifact":
        if (!entry.blob) break;
        release(kept.run.model, [kept.artifacts.get(event.name)]);
        kept.artifacts.set(event.name, entry.blob);
        break;
      case "published":
        release(kept.run.model, [kept.published]);
        kept.published = entry.blob;
        break;
      case "lost":
        kept.held = kept.run.state === "stopping";
        if (entry.counted !== false) kept.lostInARow++;
        break;
      case "succeeded":
        if (entry.serves === false) {
          release(kept.run.model, [kept.published]);
          kept.published = undefined;
        } else if (kept.published) serve(kept, kept.published);
        break;
    }
    if (isTerminal(event.type)) {
      kept.endedAs = ++ends;
      kept.held = false;
      kept.private = { ...kept.private, secrets: {} };
    }
  };

  return {
    async open(next) {
      // Whoever held something is gone: there is one host at a time for what lives in its process.
      const counted = holder.inline === true;
      holder = next;
      const left = [...runs.values()].filter(({ run }) => !isTerminal(run.state));
      for (const kept of left.filter(({ held }) => held)) {
        record(kept, [entryAfterCrash(kept.run, counted)]);
        wake(kept.run.id);
      }
      return left.filter(({ run }) => !isTerminal(run.state)).map(({ run }) => ({ runId: run.id, model: run.model }));
    },

    async create(run: NewRun) {
      const there = runs.get(run.id);
      if (there) {
        if (there.fingerprint !== run.fingerprint || there.run.model !== run.model) {
          throw new DeepaasError("already_exists", `There is a run ${run.id} already, with other arguments.`);
        }
        return { run: there.run, created: false };
      }
      const kept: Kept = {
        run: {
          id: run.id,
          model: run.model,
          ...(run.owner !== undefined && { owner: run.owner }),
          state: "queued",
          attempt: 0,
          args: run.args,
          createdAt: new Date().toISOString(),
          firstSeq: 1,
          lastSeq: 0,
          artifacts: [],
        },
        number: ++created,
        fingerprint: run.fingerprint,
        private: run.private,
        events: [],
        offset: 0,
        held: false,
        appendNumber: 0,
        lostInARow: 0,
        checkpoints: [],
        artifacts: new Map(),
        published: undefined,
        endedAs: 0,
      };
      runs.set(run.id, kept);
      record(kept, [{ fact: { type: "queued" } }]);
      return { run: kept.run, created: true };
    },

    async claim(runId) {
      const kept = runs.get(runId);
      if (!kept || !mayBeClaimed(kept)) return undefined;
      kept.held = true;
      kept.appendNumber = 0;
      record(kept, [{ fact: { type: "started", attempt: kept.run.attempt + 1 } }]);
      wake(runId);
      const { run, lostInARow, checkpoints, published: earlier } = kept;
      return {
        run,
        private: kept.private,
        checkpoints,
        lostInARow,
        ...(earlier && { published: earlier }),
      } satisfies Claim;
    },

    async append(runId, entries, position?: AppendPosition) {
      const kept = runs.get(runId);
      const answer = checkAppend(kept, entries, position);
      if (!kept || answer) return answer ?? "stale";
      kept.appendNumber = position?.appendNumber ?? kept.appendNumber;
      record(kept, entries);
      wake(runId);
      return "kept";
    },

    async read(runId, after, limit) {
      const { run, events, offset } = find(runId);
      if (after + 1 < run.firstSeq) {
        throw new DeepaasError(
          "out_of_range",
          `The log of run ${runId} starts at ${run.firstSeq}; ${after + 1} was trimmed.`,
          {
            first: run.firstSeq,
            last: run.lastSeq,
          },
        );
      }
      const start = offset + (after + 1 - run.firstSeq);
      return events.slice(start, start + limit);
    },

    async get(runId) {
      return runs.get(runId)?.run;
    },

    async list(filter: RunFilter): Promise<Page<Run>> {
      const states = filter.state === undefined ? undefined : [filter.state].flat();
      const backwards = filter.newestFirst === true;
      const limit = filter.limit ?? 100;
      if (filter.after !== undefined && !/^\d{1,15}$/.test(filter.after)) {
        throw invalidArgs("/after", "cursor", "Must be the next of an earlier page.");
      }
      const after = filter.after === undefined ? undefined : Number(filter.after);
      const { createdSince = "", createdBefore } = filter;
      const all = [...runs.values()];
      if (backwards) all.reverse();
      const matching = all.filter(
        ({ run, number }) =>
          (filter.model === undefined || run.model === filter.model) &&
          (filter.owner === undefined || run.owner === filter.owner) &&
          (states === undefined || states.includes(run.state)) &&
          run.createdAt >= createdSince &&
          (createdBefore === undefined || run.createdAt < createdBefore) &&
          (after === undefined || (backwards ? number < after : number > after)),
      );
      const page = matching.slice(0, limit);
      const last = page.at(-1);
      return { items: page.map(({ run }) => run), next: matching.length > limit && last ? String(last.number) : null };
    },

    async remove(runId) {
      const kept = find(runId);
      if (!isTerminal(kept.run.state)) {
        throw new DeepaasError("failed_precondition", `The run ${runId} is ${kept.run.state}; cancel it first.`);
      }
      forget(kept);
    },

    async retain({ keepRuns, keepDays = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }) {
      const ended = [...runs.values()].filter(({ run }) => isTerminal(run.state)).sort((a, b) => a.endedAs - b.endedAs);
      let bytes = ended.reduce((sum, kept) => sum + bytesOf(kept), 0);
      const since = Date.now() - keepDays * 86_400_000;
      for (const [i, kept] of ended.entries()) {
        const old = Date.parse(kept.run.endedAt as string) < since;
        if (!old && ended.length - i <= keepRuns && (bytes <= maxBytes || i === ended.length - 1)) continue;
        bytes -= bytesOf(kept);
        forget(kept);
      }
    },

    async isKept(blobId) {
      const served = [...published.values()].some(({ blob }) => blob.id === blobId);
      return served || [...runs.values()].some((kept) => blobsOf(kept).some(({ id }) => id === blobId));
    },

    async artifact(runId, name) {
      return find(runId).artifacts.get(name);
    },

    async published(model) {
      return published.get(model)?.blob;
    },

    subscribe(runId, waker) {
      const ofRun = wakers.get(runId) ?? new Set();
      wakers.set(runId, ofRun);
      ofRun.add(waker);
      return () => {
        ofRun.delete(waker);
        if (ofRun.size === 0 && wakers.get(runId) === ofRun) wakers.delete(runId);
      };
    },

    async close() {
      for (const runId of wakers.keys()) wake(runId);
    },
  };
}

function trim(kept: Kept, keepEvents: number): void {
  const surplus = kept.events.length - kept.offset - keepEvents;
  if (surplus <= 0) return;
  kept.offset += surplus;
  kept.run = { ...kept.run, firstSeq: kept.run.firstSeq + surplus };
  // Cut the array only now and then, so that trimming one event costs no copy of all others.
  if (kept.offset >= keepEvents) {
    kept.events = kept.events.slice(kept.offset);
    kept.offset = 0;
  }
}

function bytesOf(kept: Kept): number {
  return blobsOf(kept).reduce((sum, { size }) => sum + size, 0);
}

function blobsOf(kept: Kept): BlobRef[] {
  return [
    ...Object.values(kept.private.files).flat(),
    ...kept.checkpoints.flatMap(({ blob }) => blob ?? []),
    ...kept.artifacts.values(),
    ...(kept.published ? [kept.published] : []),
  ];
}
