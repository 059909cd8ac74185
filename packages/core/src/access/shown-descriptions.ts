// Descriptions of models with what their caller may do.
import type { ModelDescription } from "../contract/model-service.ts";
import { hasScope, modelScopeNames } from "./scopes.ts";

interface Shown {
  readonly model: string;
  readonly description: ModelDescription;
}

/**
 * Hot path: an adapter reads the description with each predict. A host returns the same object for all calls of a model, and
 * the scopes of credentials are a frozen list, so the description for both is made once.
 */
export class ShownDescriptions {
  readonly #all = new WeakMap<ModelDescription, WeakMap<readonly string[], Shown>>();

  /** Returns the description with `may`: the scopes that the caller has for the model. */
  shownTo(scopes: readonly string[], model: string, description: ModelDescription): ModelDescription {
    const known = this.#all.get(description)?.get(scopes);
    if (known?.model === model) return known.description;
    const may = modelScopeNames.filter((name) => hasScope(scopes, name, model));
    const shown = { ...description, may };
    // A list that is not frozen may change.
    if (Object.isFrozen(scopes)) this.#ofDescription(description).set(scopes, { model, description: shown });
    return shown;
  }

  #ofDescription(description: ModelDescription): WeakMap<readonly string[], Shown> {
    const known = this.#all.get(description);
    if (known !== undefined) return known;
    const added = new WeakMap<readonly string[], Shown>();
    this.#all.set(description, added);
    return added;
  }
}
