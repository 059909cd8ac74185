// The references of runs to blobs, by purpose. Every method works inside of a transaction.
import type { BlobRef, PrivateArgs, Publication, StoredCheckpoint } from "@deepaas/core/ports";
import type { Queries } from "./database.ts";
import { keyText, textOfKey } from "./key-text.ts";

interface CheckpointRow {
  readonly seq: number;
  readonly body: string;
}

export class RunBlobs {
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
  }

  async addFiles(queries: Queries, run: number, files: PrivateArgs["files"]): Promise<void> {
    for (const [name, refs] of Object.entries(files)) {
      for (const [i, ref] of [refs].flat().entries())
        await this.#add(queries, run, { place: `file/${i}/${name}`, ref });
    }
  }

  /** Replaces a blob. Returns by how many bytes the run has grown. */
  async replace(queries: Queries, run: number, { place, ref, data, freed }: Replacement): Promise<number> {
    const before = await this.#drop(queries, run, place);
    if (ref) await this.#add(queries, run, { place, ref, data });
    if (before) await this.release(queries, [before], freed);
    return (ref?.size ?? 0) - (before?.size ?? 0);
  }

  /** Keeps the last two checkpoints. Returns by how many bytes the run has grown. */
  async addCheckpoint(queries: Queries, run: number, { seq, checkpoint, freed }: NewCheckpoint): Promise<number> {
    const body = JSON.stringify(checkpoint);
    let grown = Buffer.byteLength(body) + (checkpoint.blob?.size ?? 0);
    if (checkpoint.blob) await this.#add(queries, run, { place: `checkpoint/${seq}`, ref: checkpoint.blob });
    await queries.rows(`INSERT INTO ${this.#schema}.checkpoints (run, seq, body) VALUES ($1, $2, $3)`, [
      run,
      seq,
      body,
    ]);
    const old = await queries.rows<CheckpointRow>(
      `DELETE FROM ${this.#schema}.checkpoints WHERE run = $1 AND seq NOT IN
        (SELECT seq FROM ${this.#schema}.checkpoints WHERE run = $1 ORDER BY seq DESC LIMIT 2) RETURNING seq, body`,
      [run],
    );
    for (const one of old) {
      const ref = await this.#drop(queries, run, `checkpoint/${one.seq}`);
      grown -= Buffer.byteLength(one.body) + (ref?.size ?? 0);
      if (ref) await this.release(queries, [ref], freed);
    }
    return grown;
  }

  async checkpoints(queries: Queries, run: number): Promise<readonly StoredCheckpoint[]> {
    const sql = `SELECT seq, body FROM ${this.#schema}.checkpoints WHERE run = $1 ORDER BY seq`;
    return (await queries.rows<CheckpointRow>(sql, [run])).map(({ body }) => JSON.parse(body) as StoredCheckpoint);
  }

  async newestCheckpoint(queries: Queries, runId: string): Promise<StoredCheckpoint | undefined> {
    const sql = `SELECT body FROM ${this.#schema}.checkpoints
      WHERE run = (SELECT number FROM ${this.#schema}.runs WHERE id = $1) ORDER BY seq DESC LIMIT 1`;
    const [row] = await queries.rows<CheckpointRow>(sql, [keyText(runId)]);
    return row && (JSON.parse(row.body) as StoredCheckpoint);
  }

  /** By their names. */
  async artifacts(queries: Queries, run: number): Promise<ReadonlyMap<string, BlobRef>> {
    const sql = `SELECT place, ref FROM ${this.#schema}.blobs WHERE run = $1 AND place LIKE 'artifact/%'`;
    const rows = await queries.rows<{ place: string; ref: string }>(sql, [run]);
    return new Map(
      rows.map(({ place, ref }) => [textOfKey(place).slice("artifact/".length), JSON.parse(ref) as BlobRef]),
    );
  }

  /** The last weights that the run has published. */
  async published(queries: Queries, run: number): Promise<Publication | undefined> {
    const sql = `SELECT ref, data FROM ${this.#schema}.blobs WHERE run = $1 AND place = 'published'`;
    const [row] = await queries.rows<{ ref: string; data: string | null }>(sql, [run]);
    if (!row) return undefined;
    const kept = row.data === null ? { metrics: {} } : (JSON.parse(row.data) as Omit<Publication, "blob">);
    return { ...kept, blob: JSON.parse(row.ref) as BlobRef };
  }

  /** Adds those blobs to `freed` that nothing refers to any more. */
  async release(queries: Queries, refs: readonly BlobRef[], freed: BlobRef[]): Promise<void> {
    for (const ref of refs) if (!(await this.isKept(queries, ref.id))) freed.push(ref);
  }

  async isKept(queries: Queries, id: string): Promise<boolean> {
    const sql = `SELECT 1 FROM ${this.#schema}.blobs WHERE id = $1 UNION ALL
      SELECT 1 FROM ${this.#schema}.versions WHERE blob = $1 LIMIT 1`;
    return (await queries.rows(sql, [keyText(id)])).length > 0;
  }

  async forget(queries: Queries, run: number, freed: BlobRef[]): Promise<void> {
    const sql = `DELETE FROM ${this.#schema}.blobs WHERE run = $1 RETURNING ref`;
    const refs = (await queries.rows<{ ref: string }>(sql, [run])).map(({ ref }) => JSON.parse(ref) as BlobRef);
    await queries.rows(`DELETE FROM ${this.#schema}.checkpoints WHERE run = $1`, [run]);
    await this.release(queries, refs, freed);
  }

  async #drop(queries: Queries, run: number, place: string): Promise<BlobRef | undefined> {
    const sql = `DELETE FROM ${this.#schema}.blobs WHERE run = $1 AND place = $2 RETURNING ref`;
    const [row] = await queries.rows<{ ref: string }>(sql, [run, keyText(place)]);
    return row && (JSON.parse(row.ref) as BlobRef);
  }

  async #add(queries: Queries, run: number, { place, ref, data }: Kept): Promise<void> {
    const values = [run, keyText(place), keyText(ref.id), JSON.stringify(ref), data ? JSON.stringify(data) : null];
    await queries.rows(
      `INSERT INTO ${this.#schema}.blobs (run, place, id, ref, data) VALUES ($1, $2, $3, $4, $5)`,
      values,
    );
  }
}

interface Kept {
  readonly place: string;
  readonly ref: BlobRef;
  readonly data?: Omit<Publication, "blob"> | undefined;
}

interface Replacement {
  readonly place: "published" | `artifact/${string}`;
  readonly ref: BlobRef | undefined;
  /** For `published`. */
  readonly data?: Omit<Publication, "blob"> | undefined;
  readonly freed: BlobRef[];
}

interface NewCheckpoint {
  readonly seq: number;
  readonly checkpoint: StoredCheckpoint;
  readonly freed: BlobRef[];
}
