// The references to blobs: of runs, by purpose, and of the weights that are served.
import type { DatabaseSync } from "node:sqlite";
import type { BlobRef, PrivateArgs, StoredCheckpoint } from "@deepaas/core/ports";
import type { Batch } from "./batch.ts";

interface RefRow {
  readonly ref: string;
}

export class RunBlobs {
  readonly #put;
  readonly #at;
  readonly #deleteAt;
  readonly #ofRun;
  readonly #deleteOfRun;
  readonly #byId;
  readonly #served;
  readonly #isServed;
  readonly #serve;
  readonly #addCheckpoint;
  readonly #checkpoints;
  readonly #deleteCheckpoint;
  readonly #deleteCheckpoints;

  constructor(db: DatabaseSync) {
    this.#put = db.prepare("INSERT INTO blobs (run, place, id, ref) VALUES (?, ?, ?, ?)");
    this.#at = db.prepare("SELECT ref FROM blobs WHERE run = ? AND place = ?");
    this.#deleteAt = db.prepare("DELETE FROM blobs WHERE run = ? AND place = ?");
    this.#ofRun = db.prepare("SELECT ref FROM blobs WHERE run = ?");
    this.#deleteOfRun = db.prepare("DELETE FROM blobs WHERE run = ?");
    this.#byId = db.prepare("SELECT 1 FROM blobs WHERE id = ? LIMIT 1");
    this.#served = db.prepare("SELECT ref FROM published WHERE model = ?");
    this.#isServed = db.prepare("SELECT 1 FROM published WHERE id = ? LIMIT 1");
    this.#serve = db.prepare("INSERT OR REPLACE INTO published (model, id, ref) VALUES (?, ?, ?)");
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
  replace(run: number, place: "published" | `artifact/${string}`, { blob, batch }: Replacement): number {
    const before = this.at(run, place);
    this.#deleteAt.run(run, place);
    const added = blob ? this.#add(run, place, blob) : 0;
    if (before) this.#release([before], batch);
    return added - (before?.size ?? 0);
  }

  /** Keeps the last two checkpoints. Returns by how many bytes the run has grown. */
  addCheckpoint(run: number, seq: number, { checkpoint, batch }: NewCheckpoint): number {
    const body = JSON.stringify(checkpoint);
    this.#addCheckpoint.run(run, seq, body);
    let grown = body.length + (checkpoint.blob ? this.#add(run, `checkpoint/${seq}`, checkpoint.blob) : 0);
    for (const old of (this.#checkpoints.all(run) as unknown as { seq: number; body: string }[]).slice(0, -2)) {
      const blob = this.at(run, `checkpoint/${old.seq}`);
      this.#deleteAt.run(run, `checkpoint/${old.seq}`);
      this.#deleteCheckpoint.run(run, old.seq);
      grown -= old.body.length + (blob?.size ?? 0);
      if (blob) this.#release([blob], batch);
    }
    return grown;
  }

  checkpoints(run: number): readonly StoredCheckpoint[] {
    return this.#checkpoints.all(run).map(({ body }) => JSON.parse(body as string) as StoredCheckpoint);
  }

  at(run: number, place: string): BlobRef | undefined {
    return refFrom(this.#at.get(run, place));
  }

  published(model: string): BlobRef | undefined {
    return refFrom(this.#served.get(model));
  }

  /** Frees the previously served weights, unless their run still refers to them. */
  serve(model: string, blob: BlobRef, batch: Batch): void {
    const before = this.published(model);
    this.#serve.run(model, blob.id, JSON.stringify(blob));
    if (before && before.id !== blob.id && !this.#byId.get(before.id)) batch.freed.push(before);
  }

  forget(run: number, batch: Batch): void {
    const blobs = (this.#ofRun.all(run) as unknown as RefRow[]).map(({ ref }) => JSON.parse(ref) as BlobRef);
    this.#deleteOfRun.run(run);
    this.#deleteCheckpoints.run(run);
    this.#release(blobs, batch);
  }

  isKept(id: string): boolean {
    return this.#byId.get(id) !== undefined || this.#isServed.get(id) !== undefined;
  }

  #add(run: number, place: string, blob: BlobRef): number {
    this.#put.run(run, place, blob.id, JSON.stringify(blob));
    return blob.size;
  }

  #release(blobs: readonly BlobRef[], batch: Batch): void {
    for (const blob of blobs) if (!this.isKept(blob.id)) batch.freed.push(blob);
  }
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
