// Links that a browser follows by itself have no header: they carry a grant, because a key does not belong in a URL.
import { service } from "./connection.ts";
import { token } from "./credentials.ts";
import { useLoaded } from "./loaded.ts";

const seconds = 3_600;

/** Returns the query of a link to a file of the run; empty without a key; undefined until it is known. */
export function useGrantQuery(run: string): string | undefined {
  const grant = useLoaded(`grant ${run}`, (signal) => queryFor(run, signal), { everyMs: (seconds - 60) * 1_000 });
  return token.value === undefined ? "" : grant.value;
}

async function queryFor(run: string, signal: AbortSignal): Promise<string> {
  if (token.value === undefined) return "";
  const grant = await service.grant(run, { seconds, signal });
  return `?grant=${encodeURIComponent(grant.token)}`;
}
