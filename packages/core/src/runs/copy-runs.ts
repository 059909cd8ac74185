// Copies all runs and weights of a store to another one, with their files.
import { DeepaasError, errorText } from "../contract/error.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { PrivateArgs, RunStore, StoredModel, StoredRun, StoreTransfer } from "../ports/run-store.ts";
import { runPages } from "./run-pages.ts";
import { checkSameRun } from "./stored-log.ts";

/** A store with the files to which it refers. */
export interface RunPlaces {
  readonly store: RunStore;
  readonly blobs: BlobStore;
}

export interface CopyRunsOptions {
  /** Opened. Nobody else may use it meanwhile. */
  readonly from: RunPlaces;
  /** Opened by `copyRuns`. Must have no other runs and versions than `from`. */
  readonly to: RunPlaces;
  /** Called after each run, each part of a log and each file. */
  readonly onProgress?: (done: CopiedRuns) => void;
}

export interface CopiedRuns {
  /** Runs that were copied. */
  readonly runs: number;
  /** Runs that the target had already. */
  readonly there: number;
  readonly events: number;
  readonly files: number;
  /** Of the files. */
  readonly bytes: number;
  /** Weights versions that were copied. */
  readonly versions: number;
}

/** No node has a name with a blank. A copy that is repeated takes the place of the one before. */
const holderId = "deepaas copy";
const pageOf = 500;

/**
 * Copies what the target has not: runs with their ids, logs, private arguments, checkpoints and artifacts, and weights versions
 * with their history. Each run is added as a whole, so a copy that was interrupted can be repeated. A run that was running is
 * lost in the target, one that was stopping is cancelled. Neither a log nor a file is in memory as a whole.
 *
 * Rejects `failed_precondition` if the target has other runs or versions, or older ones; if a file is missing or damaged; and
 * if one of the stores has no `transfer`.
 */
export async function copyRuns(options: CopyRunsOptions): Promise<CopiedRuns> {
  const { store } = options.to;
  const copy = new Copy(options);
  const holder = { id: holderId, shared: store.lead !== undefined };
  await store.open(holder);
  await copy.checkTarget();
  // First: a node that goes on with a run must find the version which that run has made.
  await copy.models();
  await copy.runs();
  // Ends the runs that were held.
  await store.open(holder);
  return copy.done;
}

class Copy {
  readonly #from: RunPlaces & { readonly transfer: StoreTransfer };
  readonly #to: RunPlaces & { readonly transfer: StoreTransfer };
  readonly #onProgress: CopyRunsOptions["onProgress"];
  /** The files of versions by their ids in the source: the runs that made them may refer to them. */
  readonly #versionFiles = new Map<string, BlobRef>();
  done: CopiedRuns = { runs: 0, there: 0, events: 0, files: 0, bytes: 0, versions: 0 };

  constructor({ from, to, onProgress }: CopyRunsOptions) {
    this.#from = { ...from, transfer: transferOf(from.store) };
    this.#to = { ...to, transfer: transferOf(to.store) };
    this.#onProgress = onProgress;
  }

  /** Before anything is added. */
  async checkTarget(): Promise<void> {
    for await (const runId of runIds(this.#to.store)) {
      if (await this.#from.store.get(runId)) continue;
      throw refused(`The target has other runs: ${runId} is not among those to copy. Copy to an empty one.`);
    }
    const models = new Map((await this.#from.transfer.models()).map((one) => [one.model, one]));
    for (const there of await this.#to.transfer.models()) checkModel(models.get(there.model), there);
  }

  async models(): Promise<void> {
    const there = new Set((await this.#to.transfer.models()).map(({ model }) => model));
    for (const stored of await this.#from.transfer.models()) {
      if (there.has(stored.model)) continue;
      const versions = [];
      for (const version of stored.versions) {
        const blob = await this.#file(version.blob, `version ${version.number} of model ${stored.model}`);
        this.#versionFiles.set(version.blob.id, blob);
        versions.push({ ...version, blob });
      }
      await this.#to.transfer.addModel({ ...stored, versions });
      this.#add({ versions: versions.length });
    }
  }

  async runs(): Promise<void> {
    for await (const runId of runIds(this.#from.store)) await this.#run(runId);
  }

  async #run(runId: string): Promise<void> {
    const stored = await this.#from.transfer.run(runId);
    if (!stored) throw refused(`Run ${runId} was removed while it was copied.`);
    const there = await this.#to.transfer.run(runId);
    if (there) {
      await this.#checkThere(there, stored);
      this.#add({ there: 1 });
      return;
    }
    const added = await this.#withFiles(stored);
    await this.#to.transfer.addRun(added, async (after, limit) => {
      const events = await this.#from.store.read(runId, after, limit);
      this.#add({ events: events.length });
      return events;
    });
    this.#add({ runs: 1 });
  }

  /** The target may have more events than the source, not less and no others. */
  async #checkThere(there: StoredRun, stored: StoredRun): Promise<void> {
    checkSameRun(there, stored);
    const { id, lastSeq } = stored.run;
    if (there.run.firstSeq > lastSeq) return;
    const [ours] = await this.#from.store.read(id, lastSeq - 1, 1);
    const [theirs] = await this.#to.store.read(id, lastSeq - 1, 1);
    if (theirs && ours?.at === theirs.at && ours.type === theirs.type) return;
    throw refused(`Run ${id} has gone on since it was copied. Copy to an empty target.`);
  }

  async #withFiles(stored: StoredRun): Promise<StoredRun> {
    const { run, checkpoints, artifacts, published } = stored;
    const at = (name: string) => `${name} of run ${run.id}`;
    const files: [string, PrivateArgs["files"][string]][] = [];
    for (const [name, refs] of Object.entries(stored.private.files)) {
      const copied: BlobRef[] = [];
      for (const ref of [refs].flat()) copied.push(await this.#file(ref, at(name)));
      files.push([name, Array.isArray(refs) ? copied : (copied[0] as BlobRef)]);
    }
    const keptCheckpoints = [];
    for (const { blob, ...checkpoint } of checkpoints) {
      const copied = blob && (await this.#file(blob, at(`the checkpoint of step ${checkpoint.step}`)));
      keptCheckpoints.push({ ...checkpoint, ...(copied && { blob: copied }) });
    }
    const keptArtifacts = [];
    for (const { name, blob } of artifacts) keptArtifacts.push({ name, blob: await this.#file(blob, at(name)) });
    return {
      ...stored,
      private: { ...stored.private, files: Object.fromEntries(files) },
      checkpoints: keptCheckpoints,
      artifacts: keptArtifacts,
      ...(published && {
        published: { ...published, blob: await this.#file(published.blob, at("the published weights")) },
      }),
    };
  }

  async #file(ref: BlobRef, name: string): Promise<BlobRef> {
    const there = this.#versionFiles.get(ref.id);
    if (there) return there;
    const file = await this.#from.blobs.get(ref).catch((error: unknown) => {
      throw refused(`The file ${name} cannot be read: ${errorText(error)}`, error);
    });
    const copied = await this.#to.blobs.put(file);
    if (copied.size !== ref.size || (ref.sha256 ?? copied.sha256) !== (copied.sha256 ?? ref.sha256)) {
      await this.#to.blobs.delete(copied);
      throw refused(`The file ${name} is damaged: its content does not match its hash.`);
    }
    this.#add({ files: 1, bytes: ref.size });
    return copied;
  }

  #add(more: Partial<CopiedRuns>): void {
    const sums = Object.entries(more).map(([name, count]) => [name, this.done[name as keyof CopiedRuns] + count]);
    this.done = { ...this.done, ...(Object.fromEntries(sums) as Partial<CopiedRuns>) };
    this.#onProgress?.(this.done);
  }
}

function checkModel(stored: StoredModel | undefined, there: StoredModel): void {
  const ours = new Map(stored?.versions.map((version) => [version.number, version]));
  const isOther = there.versions.some(({ number, createdAt }) => {
    const version = ours.get(number);
    // Later ones were made in the target.
    return version ? version.createdAt !== createdAt : number <= (stored?.newest ?? 0);
  });
  if (stored && !isOther && stored.newest <= there.newest && stored.revision <= there.revision) return;
  throw refused(`The target has other weights versions of model ${there.model}. Copy to an empty one.`);
}

function transferOf({ transfer }: RunStore): StoreTransfer {
  if (!transfer) throw refused("This store cannot be copied: it has no transfer.");
  return transfer;
}

async function* runIds(store: RunStore): AsyncGenerator<string, void> {
  for await (const runs of runPages((filter) => store.list(filter), { limit: pageOf })) {
    for (const { id } of runs) yield id;
  }
}

function refused(message: string, cause?: unknown): DeepaasError {
  return new DeepaasError("failed_precondition", message, cause === undefined ? undefined : { cause });
}
