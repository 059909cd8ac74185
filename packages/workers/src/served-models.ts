// The models that the workers serve: described and checked here, by the server, from what the workers declare.
import { isDeepStrictEqual } from "node:util";
import { errorText, type ModelDescription, pointerStep } from "@deepaas/core";
import { describeModel } from "@deepaas/core/ports";
import { type Declarations, StartRefusedError } from "./process.ts";

type Descriptions = Readonly<Record<string, ModelDescription>>;

export class ServedModels {
  readonly #names: readonly string[];
  #declarations: Declarations | undefined;
  #descriptions: Descriptions = {};

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** Empty until the first worker is ready. */
  get descriptions(): Descriptions {
    return this.#descriptions;
  }

  /**
   * Checks the models of a worker that is about to be ready; those of the first one are served from now on. Throws
   * `StartRefusedError` for an unsound declaration, and for models that differ from the served ones in more than metadata:
   * callers rely on the description that they have read.
   */
  check(declarations: Declarations): void {
    if (this.#declarations && sameModels(declarations, this.#declarations)) return;
    const descriptions = this.#describe(declarations);
    if (!this.#declarations) {
      this.#declarations = declarations;
      this.#descriptions = descriptions;
      return;
    }
    for (const [name, served] of Object.entries(this.#descriptions)) {
      const place = firstDifference(withoutMetadata(served), withoutMetadata(descriptions[name]));
      if (place !== undefined) {
        throw new StartRefusedError(`Model ${name}: its description differs from the served one at ${place}`);
      }
    }
  }

  #describe(declarations: Declarations): Descriptions {
    const entries = this.#names.map((name) => {
      const declaration = Object.hasOwn(declarations ?? {}, name) ? declarations[name] : undefined;
      if (declaration === undefined) throw new StartRefusedError(`Model ${name}: the worker does not declare it`);
      try {
        return [name, describeModel(name, declaration)] as const;
      } catch (error) {
        throw new StartRefusedError(errorText(error), { cause: error });
      }
    });
    return Object.fromEntries(entries);
  }
}

/** The most frequent case, without compiling any schema. */
function sameModels(a: Declarations, b: Declarations): boolean {
  return Object.keys(b).every((name) => isDeepStrictEqual(withoutMetadata(a[name]), withoutMetadata(b[name])));
}

/** Metadata is for display, and may differ from process to process. */
function withoutMetadata(value: object | undefined): object {
  const { metadata: _metadata, ...rest } = (value ?? {}) as { readonly metadata?: unknown };
  return rest;
}

/** The JSON Pointer of the first difference, or undefined if there is none. */
function firstDifference(a: unknown, b: unknown): string | undefined {
  if (isDeepStrictEqual(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return "";
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inside = firstDifference((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]);
    if (inside !== undefined) return pointerStep(key) + inside;
  }
  return "";
}
