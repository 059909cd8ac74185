import type { ModelVersions, Run } from "@deepaas/core";
import { useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { Failed } from "../parts/states.tsx";
import { sentenceOf, service } from "../service/connection.ts";
import { useLoaded } from "../service/loaded.ts";

/** The versions of weights that the run has made, and whether one of them is served. */
export function RunVersions({ run }: { readonly run: Run }) {
  // Another version may be served at any time.
  const versions = useLoaded(run.id, (signal) => service.versions(run.model, { signal }), { everyMs: 10_000 });
  const [changed, setChanged] = useState<ModelVersions>();
  const [pending, setPending] = useState<number>();
  const [error, setError] = useState("");
  const latest = newer(versions.value, changed);
  const own = latest?.versions.filter(({ runId }) => runId === run.id) ?? [];
  if (own.length === 0)
    return versions.error !== undefined && latest === undefined ? (
      <Failed error={versions.error} retry={versions.reload} />
    ) : null;
  const serve = async (number: number) => {
    setPending(number);
    setError("");
    try {
      setChanged(await service.serveVersion(run.model, number));
    } catch (thrown) {
      setError(sentenceOf(thrown));
    }
    setPending(undefined);
  };
  return (
    <section class="stack" aria-labelledby="run-versions-title">
      <h2 id="run-versions-title">Weights</h2>
      <ul class="plain stack">
        {own.map(({ number }) => (
          <li class="row" key={number}>
            <span class="number">Version {number}</span>
            {number === latest?.served ? (
              <Badge tone="good">served</Badge>
            ) : (
              <button
                type="button"
                class="button small"
                disabled={pending !== undefined}
                onClick={() => void serve(number)}
              >
                {pending === number ? `Loading version ${number}…` : `Serve version ${number}`}
              </button>
            )}
          </li>
        ))}
      </ul>
      {error !== "" && (
        <p class="note bad" role="alert">
          {error}
        </p>
      )}
    </section>
  );
}

function newer(a: ModelVersions | undefined, b: ModelVersions | undefined): ModelVersions | undefined {
  if (!a || !b) return a ?? b;
  return b.revision >= a.revision ? { ...b, versions: a.versions } : a;
}
