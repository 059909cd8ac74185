// Turns an author's export into a model: instantiates a class, takes the default export of a module.
import { errorText } from "./error.ts";
import type { Model } from "./model.ts";

const members = ["predict", "predictBatch", "predictStream", "train"] as const;

/** Throws a TypeError with one line of text if `exported` cannot be served. */
export function toModel(exported: unknown): Model {
  if (typeof exported === "function") {
    return toModel(instanceOf(exported as new () => unknown));
  }
  if (typeof exported !== "object" || exported === null) {
    throw new TypeError(
      `a model must be an object, a class or a module, not ${exported === null ? "null" : typeof exported}`,
    );
  }
  if (members.some((member) => typeof (exported as Model)[member] === "function")) return exported as Model;
  if ("default" in exported) return toModel(exported.default);
  throw new TypeError(`it has none of ${members.join(", ")}`);
}

function instanceOf(exported: new () => unknown): unknown {
  try {
    return Reflect.construct(exported, []);
  } catch (error) {
    throw new TypeError(`its constructor failed: ${errorText(error)}`, { cause: error });
  }
}
