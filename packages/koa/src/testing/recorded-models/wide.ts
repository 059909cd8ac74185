// The recorded model `wide`: no schema; it echoes its arguments, or gives or throws what its mode says. Where the recorded
// one leans on what only Python has, ours follows docs/fields.md.
import { setTimeout as sleep } from "node:timers/promises";
import { DeepaasError, isModelFile, type Model, modelFile } from "@deepaas/core";
import { widePredictArgs, wideTrainArgs } from "./wide-fields.ts";

type Given = Readonly<Record<string, unknown>>;

/** What Python calls the arguments that a `data_key` names. */
const attributes: Readonly<Record<string, string>> = { "mapped-key": "mapped", "X-Custom": "hdr" };

let counter = 0;

const results: Readonly<Record<string, () => unknown>> = {
  str: () => "just a string",
  dict: () => ({ b: 1, a: [1, 1e16, 1e-7, 0.1, 1.2345678901234568e29, -0, 1e22, 5e-324] }),
  list: () => [1, "two", null, true],
  none: () => null,
  bool: () => true,
  float: () => 1,
  unicode: () => 'h\u00e9llo \u{1f600} </script> \u2028 \x7f \x01 "q" \\',
  nan: () => [Number.NaN, Infinity, -Infinity],
  // In Python 1 and True are one key.
  intkeys: () => ({ 1: "d", 2.5: "b", null: "c" }),
  tuplekeys: () => new Map([[[1, 2], "a"]]),
  tuple: () => [1, 2],
  set: () => new Set([1, 2]),
  bytes: () => Buffer.from("bytes"),
  datetime: () => new Date(Date.UTC(2020, 0, 1)),
  unpicklable: () => () => 1,
  generator: () => [0, 1, 2].values(),
  file: () => modelFile(Buffer.from("file content"), { originalFilename: "tmp.txt" }),
  textfile: () => modelFile(Buffer.from("file content"), { originalFilename: "tmp.txt" }),
  bytesio: () => Buffer.from("bytesio content"),
  pid: () => ({ pid: process.pid, ppid: process.ppid }),
  print: () => "printed",
  big: () => "x".repeat(1_000_000),
  global: () => ++counter,
};

const failures: Readonly<Record<string, () => Error>> = {
  value_error: () => new Error("boom \u00e9"),
  custom_exc: () => new Error("a"),
  notimpl: () => new Error("nope"),
  attr: () => new TypeError("attr"),
  keyerr: () => new RangeError("missing"),
  http400: () => new DeepaasError("invalid_args", "bad thing"),
  http400_exc: () => new DeepaasError("invalid_args", "inner"),
  http404_text: () => new DeepaasError("not_found", "custom"),
  http_noargs: () => new DeepaasError("already_exists", "Conflict"),
};

export const wide: Model = {
  getMetadata: () => ({
    id: "wide-id",
    name: "wide-name",
    description: "Wide model (é ünïcode)",
    license: "MIT",
    author: ["A. One", "B. Two"],
    version: "1.2.3",
    url: "https://example.org/wide",
    "author-email": { "A. One": "a@example.org" },
    anything: { nested: [1, 2.0, null, true] },
  }),
  getPredictArgs: () => widePredictArgs,
  getTrainArgs: () => wideTrainArgs,
  predict: async (args: Given) => {
    if (args.str_callable === "no") {
      const issues = [{ pointer: "/str_callable", rule: "callable", message: "Invalid value." }];
      throw new DeepaasError("invalid_args", "Invalid value.", { issues });
    }
    const given = { callable_default: 5, ...args, ...computed(args) };
    const names = Object.keys(widePredictArgs).filter((name) => name in given);
    const mode = String(args.mode);
    if (mode === "echo") return Object.fromEntries(await Promise.all(names.map((name) => echoed(name, given))));
    if (mode === "keys") return names.map((name) => attributes[name] ?? name);
    const failure = failures[mode];
    if (failure) throw failure();
    return (results[mode] ?? (() => "unknown mode"))();
  },
  train: async (args: { mode: string; sleep: number; epochs: number }, { signal }: { signal: AbortSignal }) => {
    await sleep(args.sleep * 1_000, undefined, { signal });
    switch (args.mode) {
      case "raise":
        throw new Error("training failed: \u00e9");
      case "http400":
        throw new DeepaasError("invalid_args", "bad training");
      case "dict":
        return { acc: 0.9 };
      case "none":
        return null;
      case "set":
        return new Set([1]);
      default:
        return `trained ${args.epochs} epochs`;
    }
  },
};

/** What no schema says is the model's own: a constant, a rounding, the members behind an enumeration's values. */
function computed({ decimal, enum_val }: Given): Given {
  return {
    constant_: 42,
    ...(typeof decimal === "number" && { decimal: Math.round(decimal * 100) / 100 }),
    ...(enum_val !== undefined && { enum_val: enum_val === "r" ? "red" : "green" }),
  };
}

async function echoed(name: string, args: Given): Promise<[string, unknown]> {
  return [attributes[name] ?? name, await shown(args[name])];
}

async function shown(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(shown));
  if (!isModelFile(value)) return value;
  const { contentType, originalFilename, size } = value;
  const head = (await value.text()).slice(0, 20);
  return { content_type: contentType, original_filename: originalFilename ?? "", size, head };
}
