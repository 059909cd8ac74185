// The weights versions of each model, and which one is served.
import type { DatabaseSync } from "node:sqlite";
import type { ServedChange } from "@deepaas/core";
import {
  type BlobRef,
  keptServedChanges,
  type NewServedChange,
  type NewVersion,
  noVersion,
  type StoredModel,
  type StoredVersion,
  type StoredVersions,
  versionIsServed,
} from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";

interface ServedRow {
  readonly served: number;
  readonly revision: number;
  readonly newest: number;
}

export class StoredWeights {
  readonly #models;
  readonly #served;
  readonly #setServed;
  readonly #setNewest;
  readonly #versions;
  readonly #byNumber;
  readonly #byRun;
  readonly #byBlob;
  readonly #insert;
  readonly #delete;
  readonly #history;
  readonly #addChange;
  readonly #trimHistory;

  constructor(db: DatabaseSync) {
    this.#models = db.prepare("SELECT model, newest FROM weights WHERE newest > 0 OR revision > 0 ORDER BY model");
    this.#served = db.prepare("SELECT served, revision, newest FROM weights WHERE model = ?");
    this.#setServed = db.prepare(
      `INSERT INTO weights (model, served, revision, newest) VALUES (?, ?, ?, 0)
       ON CONFLICT (model) DO UPDATE SET served = excluded.served, revision = excluded.revision`,
    );
    this.#setNewest = db.prepare(
      `INSERT INTO weights (model, served, revision, newest) VALUES (?, 0, 0, ?)
       ON CONFLICT (model) DO UPDATE SET newest = excluded.newest`,
    );
    this.#versions = db.prepare("SELECT body FROM versions WHERE model = ? ORDER BY number");
    this.#byNumber = db.prepare("SELECT body FROM versions WHERE model = ? AND number = ?");
    this.#byRun = db.prepare("SELECT body FROM versions WHERE model = ? AND run_id = ?");
    this.#byBlob = db.prepare("SELECT 1 FROM versions WHERE blob = ? LIMIT 1");
    this.#insert = db.prepare("INSERT INTO versions (model, number, run_id, blob, body) VALUES (?, ?, ?, ?, ?)");
    this.#delete = db.prepare("DELETE FROM versions WHERE model = ? AND number = ?");
    this.#history = db.prepare("SELECT body FROM served_changes WHERE model = ? ORDER BY revision");
    this.#addChange = db.prepare("INSERT INTO served_changes (model, revision, body) VALUES (?, ?, ?)");
    this.#trimHistory = db.prepare("DELETE FROM served_changes WHERE model = ? AND revision <= ?");
  }

  of(model: string): StoredVersions {
    const { served, revision } = this.#row(model);
    return {
      served,
      revision,
      versions: this.#versions.all(model).map((row) => bodyOf<StoredVersion>(row)),
      history: this.#history.all(model).map((row) => bodyOf<ServedChange>(row)),
    };
  }

  all(): readonly StoredModel[] {
    const rows = this.#models.all() as unknown as { readonly model: string; readonly newest: number }[];
    return rows.map(({ model, newest }) => ({ model, newest, ...this.of(model) }));
  }

  /** Returns false without a change if the model has or had versions. */
  addModel({ model, served, revision, newest, versions, history }: StoredModel, batch: Batch): boolean {
    const there = this.#row(model);
    if (there.newest > 0 || there.revision > 0) return false;
    for (const version of versions) this.#add(model, version);
    for (const [i, made] of history.entries()) {
      this.#addChange.run(model, revision - history.length + i + 1, JSON.stringify(made));
    }
    this.#setServed.run(model, served, revision);
    this.#setNewest.run(model, newest);
    batch.servedModels.add(model);
    return true;
  }

  refersTo(blobId: string): boolean {
    return this.#byBlob.get(blobId) !== undefined;
  }

  add({ model, ...version }: NewVersion): StoredVersion {
    const { runId } = version;
    const there = runId === undefined ? undefined : this.#byRun.get(model, runId);
    if (there) return bodyOf<StoredVersion>(there);
    const number = this.#row(model).newest + 1;
    const added: StoredVersion = { ...version, number, createdAt: new Date().toISOString() };
    this.#add(model, added);
    this.#setNewest.run(model, number);
    return added;
  }

  serve(model: string, { revision, ...change }: NewServedChange, batch: Batch): "kept" | "stale" {
    const row = this.#row(model);
    if (row.revision !== revision) return "stale";
    if (change.to !== 0) this.#find(model, change.to);
    const made: ServedChange = { at: new Date().toISOString(), from: row.served, ...change };
    this.#addChange.run(model, revision + 1, JSON.stringify(made));
    this.#trimHistory.run(model, revision + 1 - keptServedChanges);
    this.#setServed.run(model, change.to, revision + 1);
    batch.servedModels.add(model);
    return "kept";
  }

  /** Returns the file of the removed version. */
  remove(model: string, number: number): BlobRef {
    const { blob } = this.#find(model, number);
    if (this.#row(model).served === number) throw versionIsServed(model, number);
    this.#delete.run(model, number);
    return blob;
  }

  #add(model: string, version: StoredVersion): void {
    const { number, runId = null, blob } = version;
    this.#insert.run(model, number, runId, blob.id, JSON.stringify(version));
  }

  #row(model: string): ServedRow {
    return (this.#served.get(model) as ServedRow | undefined) ?? { served: 0, revision: 0, newest: 0 };
  }

  #find(model: string, number: number): StoredVersion {
    const row = this.#byNumber.get(model, number);
    if (!row) throw noVersion(model, number);
    return bodyOf<StoredVersion>(row);
  }
}

function bodyOf<T>(row: unknown): T {
  return JSON.parse((row as { readonly body: string }).body) as T;
}
