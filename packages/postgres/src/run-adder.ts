// Reads and adds runs as they are, to copy them between stores. Works inside of a transaction.
import type { RunEvent } from "@deepaas/core";
import {
  type PrivateArgs,
  type ReadLog,
  type StoredRun,
  storedLog,
  trimmedRun,
  wasHeld,
  writtenChunksOf,
} from "@deepaas/core/ports";
import type { Queries } from "./database.ts";
import { keyText, textOfKey } from "./key-text.ts";
import type { RunBlobs } from "./run-blobs.ts";
import { type KeptRun, keptRunFrom, type RunRow, recordTexts, runColumns } from "./run-row.ts";
import type { SecretBox } from "./secret-box.ts";

export interface RunAdderParts {
  readonly schema: string;
  readonly blobs: RunBlobs;
  readonly secrets: SecretBox;
  readonly keepEvents: number;
}

interface StoredRow extends RunRow {
  readonly state_at: string;
  readonly ended_no: number | null;
  readonly files: string;
  readonly secrets: Buffer | null;
}

export class RunAdder {
  readonly #parts: RunAdderParts;

  constructor(parts: RunAdderParts) {
    this.#parts = parts;
  }

  /** As `StoreTransfer.run`. */
  async stored(queries: Queries, runId: string): Promise<StoredRun | undefined> {
    const { schema, blobs } = this.#parts;
    const [row] = await queries.rows<StoredRow>(
      `SELECT ${runColumns}, state_at, ended_no, files, secrets FROM ${schema}.runs JOIN ${schema}.args ON run = number
       WHERE id = $1`,
      [keyText(runId)],
    );
    if (!row) return undefined;
    const { run, number, fingerprint, lostInARow } = keptRunFrom(row);
    const published = await blobs.published(queries, number);
    const refs = await blobs.artifacts(queries, number);
    return {
      ...{ run, fingerprint: textOfKey(fingerprint), lostInARow, stateAt: row.state_at },
      private: this.#privateArgs(runId, row),
      checkpoints: await blobs.checkpoints(queries, number),
      artifacts: run.artifacts.flatMap(({ name }) => {
        const blob = refs.get(name);
        return blob ? [{ name, blob }] : [];
      }),
      ...(published && { published }),
      ...(row.ended_no !== null && { endedAs: row.ended_no }),
    };
  }

  /** Returns undefined without a change if there is a run with this id. `epoch` holds a run that was held. */
  async add(queries: Queries, stored: StoredRun, { readLog, epoch }: AddOptions): Promise<KeptRun | undefined> {
    const { schema, keepEvents } = this.#parts;
    const { fingerprint, lostInARow } = stored;
    const run = trimmedRun(stored.run, keepEvents);
    const holder = wasHeld(run) ? epoch : null;
    const number = await this.#insert(queries, { ...stored, run }, holder);
    if (number === undefined) return undefined;
    const argsBytes = await this.#addArgs(queries, number, stored);
    const { bytes, lastAt } = await this.#addLog(queries, number, { run, readLog });
    const blobBytes = await this.#addBlobs(queries, number, stored);
    await queries.rows(`UPDATE ${schema}.runs SET bytes = $2, last_at = $3 WHERE number = $1`, [
      number,
      argsBytes + bytes + blobBytes,
      lastAt,
    ]);
    // The order of ends goes on after it.
    if (stored.endedAs !== undefined)
      await queries.rows(`SELECT setval('${schema}.ends', greatest($1::bigint, last_value)) FROM ${schema}.ends`, [
        stored.endedAs,
      ]);
    return { number, fingerprint: keyText(fingerprint), run, holder, appendNumber: 0, lostInARow, lastAt };
  }

  async #insert(queries: Queries, stored: StoredRun, holder: number | null): Promise<number | undefined> {
    const { fingerprint, lostInARow, stateAt, endedAs = null, run } = stored;
    const { id, model, owner, state, createdAt, endedAt = null, attempt, firstSeq, lastSeq } = run;
    const { record, metrics } = recordTexts(run);
    const [row] = await queries.rows<{ number: number }>(
      `INSERT INTO ${this.#parts.schema}.runs (id, model, owner, fingerprint, state, state_at, created_at, ended_at, ended_no,
         last_at, holder, attempt, append_number, lost_in_a_row, first_seq, last_seq, bytes, metrics, record)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $7, $10, $11, 0, $12, $13, $14, 0, $15, $16)
       ON CONFLICT (id) DO NOTHING RETURNING number`,
      [
        ...[keyText(id), keyText(model), owner === undefined ? null : keyText(owner), keyText(fingerprint), state],
        ...[stateAt, createdAt, endedAt, endedAs, holder, attempt, lostInARow, firstSeq, lastSeq, metrics, record],
      ],
    );
    return row?.number;
  }

  async #addArgs(queries: Queries, number: number, { run, private: privateArgs }: StoredRun): Promise<number> {
    const { schema, blobs, secrets } = this.#parts;
    const { secrets: plain, ...beside } = privateArgs;
    const args = JSON.stringify(run.args);
    const values = [number, args, JSON.stringify(beside), secrets.seal(run.id, plain)];
    await queries.rows(`INSERT INTO ${schema}.args (run, args, files, secrets) VALUES ($1, $2, $3, $4)`, values);
    await blobs.addFiles(queries, number, beside.files);
    const sizes = Object.values(beside.files).flat();
    return Buffer.byteLength(args) + sizes.reduce((sum, { size }) => sum + size, 0);
  }

  async #addLog(queries: Queries, number: number, { run, readLog }: AddedLog) {
    let bytes = 0;
    let lastAt = run.createdAt;
    for await (const events of storedLog(run, readLog)) {
      const rows = writtenChunksOf(events).map(({ chunk, body }) => {
        const { seq: first, at } = chunk.events[0] as RunEvent;
        return { first, last: chunk.last, at, body };
      });
      await queries.rows(
        `INSERT INTO ${this.#parts.schema}.log (run, first, last, at, body)
         SELECT $1, * FROM unnest($2::int[], $3::int[], $4::text[], $5::text[])`,
        [number, ...(["first", "last", "at", "body"] as const).map((name) => rows.map((row) => row[name]))],
      );
      bytes += rows.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);
      lastAt = events.at(-1)?.at ?? lastAt;
    }
    return { bytes, lastAt };
  }

  /** Returns their bytes. */
  async #addBlobs(queries: Queries, number: number, { checkpoints, artifacts, published }: StoredRun): Promise<number> {
    const { blobs } = this.#parts;
    let bytes = 0;
    for (const [i, checkpoint] of checkpoints.entries()) {
      // Their numbers only have to be lower than those of later checkpoints.
      bytes += await blobs.addCheckpoint(queries, number, { seq: i + 1, checkpoint, freed: [] });
    }
    for (const { name, blob: ref } of artifacts) {
      bytes += await blobs.replace(queries, number, { place: `artifact/${name}`, ref, freed: [] });
    }
    if (!published) return bytes;
    const { blob: ref, ...data } = published;
    return bytes + (await blobs.replace(queries, number, { place: "published", ref, data, freed: [] }));
  }

  #privateArgs(runId: string, { files, secrets }: StoredRow): PrivateArgs {
    const beside = JSON.parse(files) as Omit<PrivateArgs, "secrets">;
    return { ...beside, secrets: this.#parts.secrets.open(runId, secrets) };
  }
}

interface AddOptions {
  readonly readLog: ReadLog;
  readonly epoch: number;
}

interface AddedLog {
  readonly run: StoredRun["run"];
  readonly readLog: ReadLog;
}
