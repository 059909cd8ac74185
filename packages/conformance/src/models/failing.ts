// Fails in the way that the argument `how` names.
import { type Args, BaseModel, DeepaasError, Type } from "@deepaas/core";

export const failures = [
  "error",
  "deepaas",
  "nan",
  "infinity",
  "cyclic",
  "bigint",
  "function",
  "map",
  "schema",
  "none",
] as const;
export type Failure = (typeof failures)[number];

const fields = { how: Type.Enum([...failures]) };

/** Text of an error that must not reach a caller of `predict`. */
export const innerMessage = "a detail of the model";

export default class Failing extends BaseModel {
  override schema = { value: Type.Number(), extra: Type.Optional(Type.Unknown()) };

  override getMetadata(): never {
    throw new Error(innerMessage);
  }
  override getPredictArgs() {
    return fields;
  }
  override getTrainArgs() {
    return fields;
  }
  override async predict({ how }: Args<typeof fields>) {
    return fail(how) as { value: number };
  }
  override async train({ how }: Args<typeof fields>) {
    return fail(how);
  }
}

function fail(how: Failure): unknown {
  const cyclic: { value: number; extra: unknown } = { value: 1, extra: undefined };
  cyclic.extra = { cyclic };
  switch (how) {
    case "error":
      throw new Error(`${innerMessage}\nand a second line`);
    case "deepaas":
      throw new DeepaasError("rate_limited", "Try again later.", { retryAfterMs: 1234, status: 420 });
    case "nan":
      return { value: 1, extra: { deep: [0, Number.NaN] } };
    case "infinity":
      return { value: 1, extra: { deep: [0, Number.NEGATIVE_INFINITY] } };
    case "cyclic":
      return cyclic;
    case "bigint":
      return { value: 1, extra: 1n };
    case "function":
      return { value: 1, extra: () => {} };
    case "map":
      return { value: 1, extra: new Map([["a", 1]]) };
    case "schema":
      return { value: "one" };
    case "none":
      return { value: 1 };
  }
}
