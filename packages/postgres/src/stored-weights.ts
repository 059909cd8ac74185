// The weights versions of each model, and which one is served. Every method but `of` works inside of a transaction.
import type { ServedChange } from "@deepaas/core";
import {
  type BlobRef,
  keptServedChanges,
  type NewServedChange,
  type NewVersion,
  noVersion,
  type StoredVersion,
  type StoredVersions,
  versionIsServed,
} from "@deepaas/core/ports";
import type { Queries } from "./database.ts";
import { keyText } from "./key-text.ts";

interface ServedRow {
  readonly served: number;
  readonly revision: number;
  readonly newest: number;
}

interface ModelRow extends Pick<ServedRow, "served" | "revision"> {
  readonly versions: readonly string[] | null;
  readonly history: readonly string[] | null;
}

export class StoredWeights {
  readonly #schema: string;

  constructor(schema: string) {
    this.#schema = schema;
  }

  /** One statement, so that the served version is one of the versions. */
  async of(queries: Queries, model: string): Promise<StoredVersions> {
    const sql = `SELECT served, revision,
        (SELECT array_agg(body ORDER BY number) FROM ${this.#schema}.versions WHERE model = $1) AS versions,
        (SELECT array_agg(body ORDER BY revision) FROM ${this.#schema}.served_changes WHERE model = $1) AS history
      FROM ${this.#schema}.weights WHERE model = $1`;
    const [row] = await queries.rows<ModelRow>(sql, [keyText(model)]);
    return {
      served: row?.served ?? 0,
      revision: row?.revision ?? 0,
      versions: (row?.versions ?? []).map((body) => JSON.parse(body) as StoredVersion),
      history: (row?.history ?? []).map((body) => JSON.parse(body) as ServedChange),
    };
  }

  async add(queries: Queries, { model, ...version }: NewVersion): Promise<StoredVersion> {
    const { newest } = await this.#locked(queries, model);
    const { runId, blob } = version;
    const key = keyText(model);
    const runKey = runId === undefined ? null : keyText(runId);
    const [there] = await queries.rows<{ body: string }>(
      `SELECT body FROM ${this.#schema}.versions WHERE model = $1 AND run_id = $2`,
      [key, runKey],
    );
    if (there) return JSON.parse(there.body) as StoredVersion;
    const number = newest + 1;
    const added: StoredVersion = { ...version, number, createdAt: new Date().toISOString() };
    await queries.rows(
      `INSERT INTO ${this.#schema}.versions (model, number, run_id, blob, body) VALUES ($1, $2, $3, $4, $5)`,
      [key, number, runKey, keyText(blob.id), JSON.stringify(added)],
    );
    await queries.rows(`UPDATE ${this.#schema}.weights SET newest = $2 WHERE model = $1`, [key, number]);
    return added;
  }

  async serve(queries: Queries, model: string, { revision, ...change }: NewServedChange): Promise<"kept" | "stale"> {
    const row = await this.#locked(queries, model);
    if (row.revision !== revision) return "stale";
    if (change.to !== 0) await this.#find(queries, model, change.to);
    const made: ServedChange = { at: new Date().toISOString(), from: row.served, ...change };
    const key = keyText(model);
    await queries.rows(`INSERT INTO ${this.#schema}.served_changes (model, revision, body) VALUES ($1, $2, $3)`, [
      key,
      revision + 1,
      JSON.stringify(made),
    ]);
    await queries.rows(`DELETE FROM ${this.#schema}.served_changes WHERE model = $1 AND revision <= $2`, [
      key,
      revision + 1 - keptServedChanges,
    ]);
    await queries.rows(`UPDATE ${this.#schema}.weights SET served = $2, revision = $3 WHERE model = $1`, [
      key,
      change.to,
      revision + 1,
    ]);
    return "kept";
  }

  /** Returns the file of the removed version. */
  async remove(queries: Queries, model: string, number: number): Promise<BlobRef> {
    const { served } = await this.#locked(queries, model);
    const { blob } = await this.#find(queries, model, number);
    if (served === number) throw versionIsServed(model, number);
    await queries.rows(`DELETE FROM ${this.#schema}.versions WHERE model = $1 AND number = $2`, [
      keyText(model),
      number,
    ]);
    return blob;
  }

  /** Locks the row of the model until the end of the transaction. */
  async #locked(queries: Queries, model: string): Promise<ServedRow> {
    const sql = `INSERT INTO ${this.#schema}.weights (model, served, revision, newest) VALUES ($1, 0, 0, 0)
      ON CONFLICT (model) DO UPDATE SET model = excluded.model RETURNING served, revision, newest`;
    const [row] = await queries.rows<ServedRow>(sql, [keyText(model)]);
    return row as ServedRow;
  }

  async #find(queries: Queries, model: string, number: number): Promise<StoredVersion> {
    const sql = `SELECT body FROM ${this.#schema}.versions WHERE model = $1 AND number = $2`;
    const [row] = await queries.rows<{ body: string }>(sql, [keyText(model), number]);
    if (!row) throw noVersion(model, number);
    return JSON.parse(row.body) as StoredVersion;
  }
}
