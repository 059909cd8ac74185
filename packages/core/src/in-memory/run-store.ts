import { runExists, runNotFound } from "../contract/common-errors.ts";
import { deepFrozen } from "../contract/deep-frozen.ts";
import { DeepaasError } from "../contract/error.ts";
import { checkCursor } from "../contract/log-range.ts";
import { isTerminal, type Page, type Run, type RunEvent, type RunFilter, type RunSelection } from "../contract/run.ts";
import type { BlobRef } from "../ports/blob-store.ts";
import type {
  AppendPosition,
  Claim,
  Holder,
  LogAppend,
  NewRun,
  NewServedChange,
  NewVersion,
  ReadLog,
  Retention,
  RunStore,
  StoredModel,
  StoredRun,
} from "../ports/run-store.ts";
import { countRuns } from "../runs/count-runs.ts";
import { applyEvents, checkAppend, checkpointFrom, entryAfterCrash, mayBeClaimed } from "../runs/record.ts";
import { comparePlaces, cursorAfter, lastMetric, placeOfCursor } from "../runs/run-filter.ts";
import { checkSameRun, storedLog, trimmedRun } from "../runs/stored-log.ts";
import { RunWakers } from "../runs/wakers.ts";
import { isStaleAttempt } from "../weights/stored-rules.ts";
import { blobsOf, bytesOf, type MemoryRun, memoryRunFrom, newMemoryRun, storedRunFrom, trim } from "./memory-run.ts";
import { StoredWeights } from "./stored-weights.ts";

export interface MemoryStoreOptions {
  /** Events kept per run; older ones are trimmed. Default 100,000, at least 1. */
  readonly keepEvents?: number;
}

/** Returns a `RunStore` in the memory of this process. Its methods need no `this`: `{ ...memoryStore(), append }` is a store. */
export function memoryStore(options: MemoryStoreOptions = {}): RunStore {
  const store = new MemoryStore(Math.max(1, options.keepEvents ?? 100_000));
  return {
    open: store.open.bind(store),
    create: store.create.bind(store),
    claim: store.claim.bind(store),
    append: store.append.bind(store),
    read: store.read.bind(store),
    get: store.get.bind(store),
    list: store.list.bind(store),
    remove: store.remove.bind(store),
    retain: store.retain.bind(store),
    isKept: store.isKept.bind(store),
    artifact: store.artifact.bind(store),
    versions: store.versions.bind(store),
    addVersion: store.addVersion.bind(store),
    serveVersion: store.serveVersion.bind(store),
    removeVersion: store.removeVersion.bind(store),
    subscribeServed: store.subscribeServed.bind(store),
    subscribe: store.subscribe.bind(store),
    newestCheckpoint: store.newestCheckpoint.bind(store),
    usage: store.usage.bind(store),
    stats: store.stats.bind(store),
    transfer: {
      run: store.storedRun.bind(store),
      addRun: store.addRun.bind(store),
      models: store.storedModels.bind(store),
      addModel: store.addModel.bind(store),
    },
    close: store.close.bind(store),
  };
}

class MemoryStore implements RunStore {
  readonly #keepEvents: number;
  readonly #runs = new Map<string, MemoryRun>();
  readonly #weights = new StoredWeights();
  readonly #wakers = new RunWakers();
  #holder: Holder = { id: "" };
  #created = 0;
  #ends = 0;

  constructor(keepEvents: number) {
    this.#keepEvents = keepEvents;
  }

  async open(holder: Holder) {
    // The earlier holder is gone: runs in memory have one host at a time.
    const counted = this.#holder.inline === true;
    this.#holder = holder;
    const left = [...this.#runs.values()].filter(({ run }) => !isTerminal(run.state));
    for (const stored of left.filter(({ held }) => held)) {
      this.#record(stored, [entryAfterCrash(stored.run, counted)]);
      this.#wakers.wake(stored.run.id);
    }
    return left.filter(({ run }) => !isTerminal(run.state)).map(({ run }) => ({ runId: run.id, model: run.model }));
  }

  async create(newRun: NewRun) {
    const existing = this.#runs.get(newRun.id);
    if (existing) {
      if (existing.fingerprint === newRun.fingerprint && existing.run.model === newRun.model) {
        return { run: existing.run, created: false };
      }
      throw runExists(newRun.id);
    }
    const stored = newMemoryRun(newRun, ++this.#created);
    this.#runs.set(newRun.id, stored);
    this.#record(stored, [{ fact: { type: "queued" } }]);
    return { run: stored.run, created: true };
  }

  async claim(runId: string): Promise<Claim | undefined> {
    const stored = this.#runs.get(runId);
    if (!stored || !mayBeClaimed(stored)) return undefined;
    stored.held = true;
    stored.appendNumber = 0;
    this.#record(stored, [{ fact: { type: "started", attempt: stored.run.attempt + 1 } }]);
    this.#wakers.wake(runId);
    const { run, private: privateArgs, lostInARow, checkpoints, published } = stored;
    return { run, private: privateArgs, checkpoints, lostInARow, ...(published && { published }) };
  }

  async append(runId: string, entries: readonly LogAppend[], position?: AppendPosition) {
    const stored = this.#runs.get(runId);
    const answer = checkAppend(stored, entries, position);
    if (!stored || answer) return answer ?? "stale";
    stored.appendNumber = position?.appendNumber ?? stored.appendNumber;
    this.#record(stored, entries);
    this.#wakers.wake(runId);
    return "kept";
  }

  async read(runId: string, after: number, limit: number) {
    const { run, events, offset } = this.#find(runId);
    if (after + 1 < run.firstSeq) checkCursor(run, after);
    const start = offset + (after + 1 - run.firstSeq);
    return events.slice(start, start + limit);
  }

  async get(runId: string) {
    return this.#runs.get(runId)?.run;
  }

  async list(filter: RunFilter): Promise<Page<Run>> {
    const { limit = 100, orderByMetric } = filter;
    const start = placeOfCursor(filter);
    const places = [...this.#runs.values()]
      .filter(({ run }) => matches(run, filter))
      .map(({ run, number }) => ({
        run,
        number,
        value: orderByMetric === undefined ? null : lastMetric(run, orderByMetric),
      }))
      .filter((place) => !start || comparePlaces(start, place, filter) < 0)
      .sort((a, b) => comparePlaces(a, b, filter));
    const page = places.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(({ run }) => run),
      next: places.length > limit && last ? cursorAfter(filter, last) : null,
    };
  }

  async remove(runId: string) {
    const stored = this.#find(runId);
    if (!isTerminal(stored.run.state)) {
      throw new DeepaasError("failed_precondition", `The run ${runId} is ${stored.run.state}; cancel it first.`);
    }
    this.#forget(stored);
  }

  async retain({ keepRuns, keepDays = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY }: Retention) {
    const all = [...this.#runs.values()];
    const ended = all.filter(({ run }) => isTerminal(run.state)).sort((a, b) => a.endedAs - b.endedAs);
    let bytes = ended.reduce((sum, stored) => sum + bytesOf(stored), 0);
    const since = Date.now() - keepDays * 86_400_000;
    for (const [i, stored] of ended.entries()) {
      const isOld = Date.parse(stored.run.endedAt as string) < since;
      const isLast = i === ended.length - 1;
      if (!isOld && ended.length - i <= keepRuns && (bytes <= maxBytes || isLast)) continue;
      bytes -= bytesOf(stored);
      this.#forget(stored);
    }
  }

  async isKept(blobId: string) {
    return (
      this.#weights.refersTo(blobId) ||
      [...this.#runs.values()].some((stored) => blobsOf(stored).some(({ id }) => id === blobId))
    );
  }

  async artifact(runId: string, name: string) {
    return this.#find(runId).artifacts.get(name);
  }

  async versions(model: string) {
    return this.#weights.of(model);
  }

  async addVersion(version: NewVersion, attempt?: number) {
    const run = version.runId === undefined ? undefined : this.#runs.get(version.runId)?.run;
    if (attempt !== undefined && isStaleAttempt(run, attempt)) return "stale";
    return this.#weights.add(version);
  }

  async serveVersion(model: string, change: NewServedChange) {
    return this.#weights.serve(model, change);
  }

  async removeVersion(model: string, number: number) {
    const { blob, runId } = this.#weights.remove(model, number);
    const isOfRun = runId !== undefined && this.#runs.get(runId)?.published?.blob.id === blob.id;
    if (!isOfRun) this.#free([blob]);
  }

  subscribeServed(wake: (model: string) => void) {
    return this.#weights.subscribe(wake);
  }

  subscribe(runId: string, wake: () => void) {
    return this.#wakers.subscribe(runId, wake);
  }

  async newestCheckpoint(runId: string) {
    return this.#runs.get(runId)?.checkpoints.at(-1);
  }

  async usage(owner: string) {
    const owned = [...this.#runs.values()].filter(({ run }) => run.owner === owner);
    return {
      queued: owned.filter(({ run }) => run.state === "queued").length,
      bytes: owned.reduce((sum, stored) => sum + bytesOf(stored), 0),
    };
  }

  async stats() {
    const runs = [...this.#runs.values()].map(({ run: { model, state }, stateAt, events }) => {
      return { model, state, since: stateAt, lastEventAt: events.at(-1)?.at ?? stateAt };
    });
    return { kind: "memory", runs: countRuns(runs) };
  }

  async storedRun(runId: string): Promise<StoredRun | undefined> {
    const kept = this.#runs.get(runId);
    return kept && storedRunFrom(kept);
  }

  async addRun(stored: StoredRun, readLog: ReadLog): Promise<boolean> {
    const run = trimmedRun(stored.run, this.#keepEvents);
    const events: RunEvent[] = [];
    if (!this.#runs.has(run.id)) for await (const page of storedLog(run, readLog)) events.push(...page);
    const existing = this.#runs.get(run.id);
    if (existing) {
      checkSameRun(existing, stored);
      return false;
    }
    this.#ends = Math.max(this.#ends, stored.endedAs ?? 0);
    this.#runs.set(run.id, memoryRunFrom({ ...stored, run }, { number: ++this.#created, events }));
    this.#wakers.wake(run.id);
    return true;
  }

  async storedModels(): Promise<readonly StoredModel[]> {
    return this.#weights.all();
  }

  async addModel(stored: StoredModel): Promise<boolean> {
    return this.#weights.addModel(stored);
  }

  async close() {
    this.#wakers.wakeAll();
  }

  #find(runId: string): MemoryRun {
    const stored = this.#runs.get(runId);
    if (!stored) throw runNotFound(runId);
    return stored;
  }

  #record(stored: MemoryRun, entries: readonly LogAppend[]): void {
    const at = new Date().toISOString();
    const { state } = stored.run;
    let seq = stored.run.lastSeq;
    let unapplied: RunEvent[] = [];
    for (const entry of entries) {
      const event: RunEvent = deepFrozen({ seq: ++seq, at, ...entry.fact });
      stored.events.push(event);
      unapplied.push(event);
      // Hot path: many reports are applied together, before the next event that needs the record.
      if (event.type === "progress") continue;
      stored.run = applyEvents(stored.run, unapplied);
      unapplied = [];
      this.#applyEntry(stored, entry, event);
    }
    stored.run = deepFrozen(applyEvents(stored.run, unapplied));
    if (stored.run.state !== state) stored.stateAt = at;
    trim(stored, this.#keepEvents);
  }

  /** Applies an event to what is kept beside the record. */
  #applyEntry(stored: MemoryRun, entry: LogAppend, event: RunEvent): void {
    if (event.type === "checkpoint") {
      stored.lostInARow = 0;
      const replaced = stored.checkpoints.slice(0, -1).map(({ blob }) => blob);
      this.#free(replaced);
      stored.checkpoints = [...stored.checkpoints.slice(-1), checkpointFrom(event.step, entry)];
    } else if (event.type === "artifact" && entry.blob) {
      this.#free([stored.artifacts.get(event.name)]);
      stored.artifacts.set(event.name, entry.blob);
    } else if (event.type === "published") {
      this.#free([stored.published?.blob]);
      stored.published = entry.blob && { metrics: {}, ...entry.publication, blob: entry.blob };
    } else if (event.type === "lost") {
      stored.held = stored.run.state === "stopping";
      if (entry.counted !== false) stored.lostInARow++;
    } else if (event.type === "succeeded") {
      // From now on the version that was made of it refers to the file.
      this.#free([stored.published?.blob]);
      stored.published = undefined;
    }
    if (!isTerminal(event.type)) return;
    stored.endedAs = ++this.#ends;
    stored.held = false;
    stored.private = { ...stored.private, secrets: {} };
  }

  /** Frees blobs that no run refers to any more. A weights version keeps its file, also without its run. */
  #free(blobs: readonly (BlobRef | undefined)[]): void {
    for (const blob of blobs) if (blob && !this.#weights.refersTo(blob.id)) this.#holder.free?.(blob);
  }

  #forget(stored: MemoryRun): void {
    this.#runs.delete(stored.run.id);
    this.#wakers.wake(stored.run.id);
    this.#free(blobsOf(stored));
  }
}

function matches(run: Run, filter: RunFilter): boolean {
  const { anyOf, state, createdSince = "", createdBefore } = filter;
  return (
    isSelected(run, filter) &&
    (anyOf === undefined || anyOf.some((one) => isSelected(run, one))) &&
    (state === undefined || [state].flat().includes(run.state)) &&
    run.createdAt >= createdSince &&
    (createdBefore === undefined || run.createdAt < createdBefore)
  );
}

function isSelected(run: Run, { model, owner }: RunSelection): boolean {
  return (
    (model === undefined || [model].flat().includes(run.model)) &&
    (owner === undefined || (run.owner !== undefined && [owner].flat().includes(run.owner)))
  );
}
