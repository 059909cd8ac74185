// The weights versions of each model, and which one is served. Every method but `of` works inside of a transaction.
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
import type { Queries } from "./database.ts";
import { keyText, textOfKey } from "./key-text.ts";

interface ServedRow {
  readonly served: number;
  readonly revision: number;
  readonly newest: number;
}

interface ModelRow extends Pick<ServedRow, "served" | "revision"> {
  readonly versions: readonly string[] | null;
  readonly history: readonly string[] | null;
}

interface RevisedChange {
  readonly revision: number;
  readonly made: ServedChange;
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

  async all(queries: Queries): Promise<readonly StoredModel[]> {
    const sql = `SELECT model, newest FROM ${this.#schema}.weights WHERE newest > 0 OR revision > 0 ORDER BY model`;
    const stored: StoredModel[] = [];
    for (const { model: key, newest } of await queries.rows<{ model: string; newest: number }>(sql)) {
      const model = textOfKey(key);
      stored.push({ model, newest, ...(await this.of(queries, model)) });
    }
    return stored;
  }

  /** Returns false without a change if the model has or had versions. */
  async addModel(queries: Queries, stored: StoredModel): Promise<boolean> {
    const { model, served, revision, newest, versions, history } = stored;
    const there = await this.#locked(queries, model);
    if (there.newest > 0 || there.revision > 0) return false;
    for (const version of versions) await this.#insert(queries, model, version);
    for (const [i, made] of history.entries()) {
      await this.#insertChange(queries, model, { revision: revision - history.length + i + 1, made });
    }
    await queries.rows(`UPDATE ${this.#schema}.weights SET served = $2, revision = $3, newest = $4 WHERE model = $1`, [
      keyText(model),
      served,
      revision,
      newest,
    ]);
    return true;
  }

  async add(queries: Queries, { model, ...version }: NewVersion): Promise<StoredVersion> {
    const { newest } = await this.#locked(queries, model);
    const { runId } = version;
    const key = keyText(model);
    const [there] = await queries.rows<{ body: string }>(
      `SELECT body FROM ${this.#schema}.versions WHERE model = $1 AND run_id = $2`,
      [key, keyOrNull(runId)],
    );
    if (there) return JSON.parse(there.body) as StoredVersion;
    const number = newest + 1;
    const added: StoredVersion = { ...version, number, createdAt: new Date().toISOString() };
    await this.#insert(queries, model, added);
    await queries.rows(`UPDATE ${this.#schema}.weights SET newest = $2 WHERE model = $1`, [key, number]);
    return added;
  }

  async serve(queries: Queries, model: string, { revision, ...change }: NewServedChange): Promise<"kept" | "stale"> {
    const row = await this.#locked(queries, model);
    if (row.revision !== revision) return "stale";
    if (change.to !== 0) await this.#find(queries, model, change.to);
    const made: ServedChange = { at: new Date().toISOString(), from: row.served, ...change };
    const key = keyText(model);
    await this.#insertChange(queries, model, { revision: revision + 1, made });
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

  async #insert(queries: Queries, model: string, version: StoredVersion): Promise<void> {
    const { number, runId, blob } = version;
    await queries.rows(
      `INSERT INTO ${this.#schema}.versions (model, number, run_id, blob, body) VALUES ($1, $2, $3, $4, $5)`,
      [keyText(model), number, keyOrNull(runId), keyText(blob.id), JSON.stringify(version)],
    );
  }

  async #insertChange(queries: Queries, model: string, { revision, made }: RevisedChange): Promise<void> {
    await queries.rows(`INSERT INTO ${this.#schema}.served_changes (model, revision, body) VALUES ($1, $2, $3)`, [
      keyText(model),
      revision,
      JSON.stringify(made),
    ]);
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

function keyOrNull(text: string | undefined): string | null {
  return text === undefined ? null : keyText(text);
}
