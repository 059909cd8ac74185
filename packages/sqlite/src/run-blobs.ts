// The references of runs to blobs, by purpose.
import type { DatabaseSync } from "node:sqlite";
import type { BlobRef, PrivateArgs, Publication, StoredCheckpoint } from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";
import type { StoredWeights } from "./stored-weights.ts";

type Place = "published" | `artifact/${string}`;

interface RefRow {
  readonly ref: string;
}

export class RunBlobs {
  readonly #weights: StoredWeights;
  readonly #put;
  readonly #publication;
  readonly #setPublication;
  readonly #at;
  readonly #deleteAt;
  readonly #ofRun;
  readonly #deleteOfRun;
  readonly #byId;
  readonly #addCheckpoint;
  readonly #checkpoints;
  readonly #deleteCheckpoint;
  readonly #deleteCheckpoints;

  constructor(db: DatabaseSync, weights: StoredWeights) {
    this.#weights = weights;
    this.#put = db.prepare("INSERT INTO blobs (run, place, id, ref) VALUES (?, ?, ?, ?)");
    this.#publication = db.prepare("SELECT ref, data FROM blobs WHERE run = ? AND place = 'published'");
    this.#setPublication = db.prepare("UPDATE blobs SET data = ? WHERE run = ? AND place = 'published'");
    this.#at = db.prepare("SELECT ref FROM blobs WHERE run = ? AND place = ?");
    this.#deleteAt = db.prepare("DELETE FROM blobs WHERE run = ? AND place = ?");
    this.#ofRun = db.prepare("SELECT ref FROM blobs WHERE run = ?");
    this.#deleteOfRun = db.prepare("DELETE FROM blobs WHERE run = ?");
    this.#byId = db.prepare("SELECT 1 FROM blobs WHERE id = ? LIMIT 1");
    this.#addCheckpoint = db.prepare("INSERT INTO checkpoints (run, seq, body) VALUES (?, ?, ?)");
    this.#checkpoints = db.prepare("SELECT seq, body FROM checkpoints WHERE run = ? ORDER BY seq");
    this.#deleteCheckpoint = db.prepare("DELETE FROM checkpoints WHERE run = ? AND seq = ?");
    this.#deleteCheckpoints = db.prepare("DELETE FROM checkpoints WHERE run = ?");
  }

  addFiles(run: number, files: PrivateArgs["files"]): number {
    let bytes = 0;
    for (const [name, refs] of Object.entries(files)) {
      for (const [i, ref] of [refs].flat().entries()) bytes += this.#add(run, `file/${i}/${name}`, ref as BlobRef);
    }
    return bytes;
  }

  /** Replaces a blob. Returns by how many bytes the run has grown. */
  replace(run: number, place: Place, { blob, batch }: Replacement): number {
    const before = this.at(run, place);
    this.#deleteAt.run(run, place);
    const added = blob ? this.#add(run, place, blob) : 0;
    if (before) this.release([before], batch);
    return added - (before?.size ?? 0);
  }

  /** Keeps the last two checkpoints. Returns by how many bytes the run has grown. */
  addCheckpoint(run: number, seq: number, { checkpoint, batch }: NewCheckpoint): number {
    let grown = this.insertCheckpoint(run, seq, checkpoint);
    for (const old of (this.#checkpoints.all(run) as unknown as { seq: number; body: string }[]).slice(0, -2)) {
      const blob = this.at(run, `checkpoint/${old.seq}`);
      this.#deleteAt.run(run, `checkpoint/${old.seq}`);
      this.#deleteCheckpoint.run(run, old.seq);
      grown -= old.body.length + (blob?.size ?? 0);
      if (blob) this.release([blob], batch);
    }
    return grown;
  }

  /** Returns the bytes of the checkpoint. */
  insertCheckpoint(run: number, seq: number, checkpoint: StoredCheckpoint): number {
    const body = JSON.stringify(checkpoint);
    this.#addCheckpoint.run(run, seq, body);
    return body.length + (checkpoint.blob ? this.#add(run, `checkpoint/${seq}`, checkpoint.blob) : 0);
  }

  /** Keeps a blob, with its data if it is published. Returns its bytes. */
  insert(run: number, place: Place, { blob, ...data }: Pick<Publication, "blob"> & Partial<Publication>): number {
    const bytes = this.#add(run, place, blob);
    if (place === "published") this.#setPublication.run(JSON.stringify(data), run);
    return bytes;
  }

  checkpoints(run: number): readonly StoredCheckpoint[] {
    return this.#checkpoints.all(run).map(({ body }) => JSON.parse(body as string) as StoredCheckpoint);
  }

  at(run: number, place: string): BlobRef | undefined {
    return refFrom(this.#at.get(run, place));
  }

  /** The last weights that the run has published. */
  published(run: number): Publication | undefined {
    const row = this.#publication.get(run) as { readonly ref: string; readonly data: string | null } | undefined;
    if (!row) return undefined;
    const kept = row.data === null ? { metrics: {} } : (JSON.parse(row.data) as Omit<Publication, "blob">);
    return { ...kept, blob: JSON.parse(row.ref) as BlobRef };
  }

  /** Returns by how many bytes the run has grown. */
  publish(run: number, { blob, publication, batch }: NewPublication): number {
    const grown = this.replace(run, "published", { blob, batch });
    if (publication) this.#setPublication.run(JSON.stringify(publication), run);
    return grown;
  }

  /** Frees a blob if nothing refers to it any more. */
  release(blobs: readonly BlobRef[], batch: Batch): void {
    for (const blob of blobs) if (!this.isKept(blob.id)) batch.freed.push(blob);
  }

  forget(run: number, batch: Batch): void {
    const blobs = (this.#ofRun.all(run) as unknown as RefRow[]).map(({ ref }) => JSON.parse(ref) as BlobRef);
    this.#deleteOfRun.run(run);
    this.#deleteCheckpoints.run(run);
    this.release(blobs, batch);
  }

  isKept(id: string): boolean {
    return this.#byId.get(id) !== undefined || this.#weights.refersTo(id);
  }

  #add(run: number, place: string, blob: BlobRef): number {
    this.#put.run(run, place, blob.id, JSON.stringify(blob));
    return blob.size;
  }
}

interface NewPublication extends Replacement {
  readonly publication: Omit<Publication, "blob"> | undefined;
}

interface Replacement {
  readonly blob: BlobRef | undefined;
  readonly batch: Batch;
}

interface NewCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  readonly batch: Batch;
}

function refFrom(row: unknown): BlobRef | undefined {
  return row === undefined ? undefined : (JSON.parse((row as RefRow).ref) as BlobRef);
}
