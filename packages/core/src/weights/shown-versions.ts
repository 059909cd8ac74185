// The versions of a model's weights as callers see them.
import { isLongerThan, maxListedJson } from "../contract/json.ts";
import type { Metrics, ModelVersions, WeightsVersion } from "../contract/weights.ts";
import type { StoredVersion, StoredVersions } from "../ports/run-store.ts";

/** Returns the versions of a store as callers see them. `shippedMetrics`: of version 0, which is not in a store. */
export function toModelVersions(
  model: string,
  { versions, history, ...row }: StoredVersions,
  shippedMetrics: Metrics,
): ModelVersions {
  const newestFirst = versions.toReversed().map(shownVersion);
  const shipped = { number: 0, metrics: shippedMetrics };
  return { model, ...row, versions: [...newestFirst, shipped], history: history.toReversed() };
}

export function shownVersion({ blob, result, ...version }: StoredVersion): WeightsVersion {
  const isShown = result !== undefined && !isLongerThan(result, maxListedJson);
  return { ...version, ...(isShown && { result }), size: blob.size };
}
