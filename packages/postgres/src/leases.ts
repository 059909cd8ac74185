// Work that one of several nodes does for all. A lease in a row and not a session lock: it also works through a pooler.
import type { Database } from "./database.ts";
import { keyText } from "./key-text.ts";

/** A node that dies holds a name for so long at most, or until it opens the store again. */
const leaseSeconds = 30;

/** Calls `work` unless another call holds the lease of `name`. Resolves to whether it was called. */
export async function withLease(
  database: Database,
  { name, epoch }: { readonly name: string; readonly epoch: number },
  work: () => Promise<void>,
): Promise<boolean> {
  const { schema } = database;
  const values = [keyText(name), epoch];
  const until = `now() + interval '${leaseSeconds} seconds'`;
  const taken = await database.statement(
    `INSERT INTO ${schema}.leases AS lease (name, epoch, expires_at) VALUES ($1, $2, ${until})
     ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch, expires_at = excluded.expires_at
     WHERE lease.expires_at < now() OR NOT EXISTS (SELECT 1 FROM ${schema}.holders WHERE holders.epoch = lease.epoch)`,
    values,
  );
  if (taken.rowCount === 0) return false;
  const mine = "WHERE name = $1 AND epoch = $2";
  const renew = setInterval(
    () => {
      // A renewal that fails is repeated by the next one; three fit into a lease.
      database.statement(`UPDATE ${schema}.leases SET expires_at = ${until} ${mine}`, values).catch(() => {});
    },
    (leaseSeconds * 1_000) / 3,
  );
  try {
    await work();
  } finally {
    clearInterval(renew);
    // Not deleted: it expires.
    await database.statement(`DELETE FROM ${schema}.leases ${mine}`, values).catch(() => {});
  }
  return true;
}
