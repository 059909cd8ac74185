// All references of a store to blobs: of runs and of weights versions.
import type { DatabaseSync } from "node:sqlite";
import { isObject } from "@deepaas/core";
import type { BlobRef } from "@deepaas/core/ports";
import { unfinishedStates } from "./run-table.ts";

export interface StoredBlob {
  readonly id: string;
  /** For people: `model.bin of run one`. */
  readonly name: string;
  /** Undefined if the reference is damaged. */
  readonly ref: BlobRef | undefined;
}

interface Row {
  readonly id: string;
  readonly owner: string;
  readonly place: string;
  /** Null if the row is damaged. */
  readonly ref: string | null;
}

const ofRuns = (unfinished: "IN" | "NOT IN") =>
  `SELECT blobs.id AS id, 'run ' || runs.id AS owner, blobs.place AS place, blobs.ref AS ref
   FROM runs JOIN blobs ON blobs.run = runs.number WHERE runs.state ${unfinished} (${unfinishedStates})`;

const query = `
  ${ofRuns("IN")} UNION ALL ${ofRuns("NOT IN")}
  UNION ALL SELECT blob, 'model ' || model, 'version ' || number,
    CASE WHEN json_valid(body) THEN json_extract(body, '$.blob') END FROM versions`;

/** Those of unfinished runs first: a checkpoint of theirs may be replaced at any moment. */
export function* storedBlobs(db: DatabaseSync): Generator<StoredBlob, void> {
  for (const row of db.prepare(query).iterate()) {
    const { id, owner, place, ref } = row as unknown as Row;
    yield { id, name: `${place.replace(/^(?:artifact|file\/\d+)\//, "")} of ${owner}`, ref: blobRefFrom(ref) };
  }
}

function blobRefFrom(text: string | null): BlobRef | undefined {
  try {
    const ref: unknown = JSON.parse(text ?? "");
    return isObject(ref) && typeof ref.id === "string" && Number.isSafeInteger(ref.size)
      ? (ref as unknown as BlobRef)
      : undefined;
  } catch {
    return undefined;
  }
}
