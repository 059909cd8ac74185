// The weights versions of a store in memory.
import { deepFrozen } from "../contract/deep-frozen.ts";
import type { NewServedChange, NewVersion, StoredModel, StoredVersion, StoredVersions } from "../ports/run-store.ts";
import { keptServedChanges, noVersion, versionIsServed } from "../weights/stored-rules.ts";

interface ModelWeights extends StoredVersions {
  /** The highest number that was given to a version. */
  readonly newest: number;
}

const none: ModelWeights = { served: 0, revision: 0, versions: [], history: [], newest: 0 };

export class StoredWeights {
  readonly #models = new Map<string, ModelWeights>();
  readonly #listeners = new Set<(model: string) => void>();

  of(model: string): StoredVersions {
    const { newest: _unknown, ...versions } = this.#of(model);
    return versions;
  }

  all(): readonly StoredModel[] {
    return [...this.#models].map(([model, weights]) => ({ model, ...weights }));
  }

  /** Returns false without a change if the model has or had versions. */
  addModel({ model, ...weights }: StoredModel): boolean {
    if (this.#models.has(model)) return false;
    this.#models.set(model, deepFrozen(structuredClone(weights)));
    for (const listener of this.#listeners) listener(model);
    return true;
  }

  refersTo(blobId: string): boolean {
    return [...this.#models.values()].some(({ versions }) => versions.some(({ blob }) => blob.id === blobId));
  }

  add({ model, ...version }: NewVersion): StoredVersion {
    const weights = this.#of(model);
    const there = version.runId !== undefined && weights.versions.find(({ runId }) => runId === version.runId);
    if (there) return there;
    const number = weights.newest + 1;
    const added: StoredVersion = deepFrozen({ ...version, number, createdAt: new Date().toISOString() });
    this.#models.set(model, { ...weights, newest: number, versions: [...weights.versions, added] });
    return added;
  }

  serve(model: string, { revision, ...change }: NewServedChange): "kept" | "stale" {
    const weights = this.#of(model);
    if (weights.revision !== revision) return "stale";
    if (change.to !== 0) this.#find(model, change.to);
    const made = deepFrozen({ at: new Date().toISOString(), from: weights.served, ...change });
    const history = [...weights.history, made].slice(-keptServedChanges);
    this.#models.set(model, { ...weights, served: change.to, revision: revision + 1, history });
    for (const listener of this.#listeners) listener(model);
    return "kept";
  }

  /** Returns the removed version. */
  remove(model: string, number: number): StoredVersion {
    const version = this.#find(model, number);
    const weights = this.#of(model);
    if (weights.served === number) throw versionIsServed(model, number);
    this.#models.set(model, { ...weights, versions: weights.versions.filter((one) => one !== version) });
    return version;
  }

  subscribe(listener: (model: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #of(model: string): ModelWeights {
    return this.#models.get(model) ?? none;
  }

  #find(model: string, number: number): StoredVersion {
    const version = this.#of(model).versions.find((one) => one.number === number);
    if (!version) throw noVersion(model, number);
    return version;
  }
}
