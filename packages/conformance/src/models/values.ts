// The table of values: what each kind of JavaScript value becomes as an argument, a result, a stream item and the result of
// a training. It follows the table of `toJson` in `@deepaas/core`.
import { type Args, BaseModel, type JsonValue, modelFile, Type } from "@deepaas/core";

export interface ValueKind {
  /** A new value each time. */
  readonly make: () => unknown;
  /** The JSON that it becomes. */
  readonly becomes?: JsonValue;
  /** The message with which it is refused, and the place inside the value. */
  readonly refused?: string;
  readonly pointer?: string;
  /** As a whole argument or a whole result it is a file with the content "ab". Elsewhere the members above hold. */
  readonly isFile?: true;
  /** What it becomes in the result of a training, if that differs. */
  readonly trained?: JsonValue;
}

const filePosition = "A file must be a whole argument, an item of a list of files, or the whole result.";
const bytes = () => new TextEncoder().encode("ab");

class Point {
  readonly x = 1;
  readonly y = undefined;
}

class Hidden {
  readonly #x = 1;
  x() {
    return this.#x;
  }
}

function cycle(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

const valueKinds: Readonly<Record<string, ValueKind>> = {
  null: { make: () => null, becomes: null },
  boolean: { make: () => true, becomes: true },
  string: { make: () => "ä\u0000\u{1f600}", becomes: "ä\u0000\u{1f600}" },
  number: { make: () => 1.5, becomes: 1.5 },
  "negative zero": { make: () => -0, becomes: 0 },
  "undefined in an object": { make: () => ({ a: undefined, b: 1 }), becomes: { b: 1 } },
  "undefined in an array": { make: () => [undefined, 1], becomes: [null, 1] },
  "sparse array": { make: () => Object.assign([], { 1: 1 }), becomes: [null, 1] },
  date: { make: () => new Date(0), becomes: "1970-01-01T00:00:00.000Z" },
  "object with toJSON": {
    make: () => ({ toJSON: () => ({ a: [new Date(0)] }) }),
    becomes: { a: ["1970-01-01T00:00:00.000Z"] },
  },
  url: { make: () => new URL("http://localhost/a"), becomes: "http://localhost/a" },
  "class instance": { make: () => new Point(), becomes: { x: 1 } },
  "object without a prototype": { make: () => Object.assign(Object.create(null), { a: 1 }), becomes: { a: 1 } },
  "own __proto__": {
    make: () => JSON.parse('{"__proto__":{"a":1}}'),
    becomes: JSON.parse('{"__proto__":{"a":1}}') as JsonValue,
  },
  "like a file reference": { make: () => ({ $file: { id: 1 } }), becomes: { $file: { id: 1 } } },
  float32array: { make: () => Float32Array.of(0.5, -2), becomes: [0.5, -2] },
  int16array: { make: () => Int16Array.of(1, -2), becomes: [1, -2] },
  uint8clampedarray: { make: () => Uint8ClampedArray.of(1, 255), becomes: [1, 255] },
  "float array with NaN": {
    make: () => Float64Array.of(1, Number.NaN),
    refused: "JSON has no NaN.",
    pointer: "/1",
    trained: [1, null],
  },
  bigint64array: { make: () => BigInt64Array.of(1n), refused: "JSON has no bigint.", pointer: "/0" },
  NaN: { make: () => Number.NaN, refused: "JSON has no NaN.", trained: null },
  Infinity: { make: () => Number.NEGATIVE_INFINITY, refused: "JSON has no -Infinity.", trained: null },
  bigint: { make: () => 1n, refused: "JSON has no bigint." },
  function: { make: () => () => 1, refused: "JSON has no function." },
  symbol: { make: () => Symbol("s"), refused: "JSON has no symbol." },
  promise: { make: () => Promise.resolve(1), refused: "A promise has no JSON form: is an await missing?" },
  error: { make: () => Object.assign(new Error("no"), { code: 7 }), refused: "Error has no JSON form." },
  regexp: { make: () => /a/, refused: "RegExp has no JSON form." },
  response: { make: () => new Response("a"), refused: "Response has no JSON form." },
  "boxed number": { make: () => Object(1), refused: "Number has no JSON form." },
  "boxed string": { make: () => Object("ab"), refused: "String has no JSON form." },
  map: { make: () => new Map([["a", 1]]), refused: "Map has no JSON form." },
  set: { make: () => new Set([1]), refused: "Set has no JSON form." },
  iterator: { make: () => [1, 2].values(), refused: "Array Iterator has no JSON form." },
  generator: {
    make: () =>
      (function* () {
        yield 1;
      })(),
    refused: "Generator has no JSON form.",
  },
  "private fields": { make: () => new Hidden(), refused: "Hidden has no JSON form." },
  cycle: {
    make: cycle,
    refused: "Refers to itself, or is nested more than 200 levels deep.",
    pointer: "/self".repeat(200),
  },
  dataview: { make: () => new DataView(new ArrayBuffer(1)), refused: filePosition },
  uint8array: { make: bytes, becomes: [97, 98], isFile: true },
  arraybuffer: { make: () => bytes().buffer, refused: filePosition, isFile: true },
  blob: { make: () => new Blob(["ab"]), refused: filePosition, isFile: true },
  "model file": { make: () => modelFile(new Blob(["ab"])), refused: filePosition, isFile: true },
};

export const kindNames: readonly string[] = Object.keys(valueKinds);

export function kindOf(name: string): ValueKind {
  return valueKinds[name] as ValueKind;
}

const fields = {
  kind: Type.Enum([...kindNames]),
  /** True: inside the member `in` of the result. False: as the whole result. */
  nested: Type.Boolean(),
};

/** Returns a value of the requested kind. */
export default class Values extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override getTrainArgs() {
    return fields;
  }
  override async predict({ kind, nested }: Args<typeof fields>) {
    return valueFor(kind, nested);
  }
  override async *predictStream({ kind, nested }: Args<typeof fields>) {
    yield valueFor(kind, nested);
  }
  override async train({ kind, nested }: Args<typeof fields>) {
    return valueFor(kind, nested);
  }
}

function valueFor(kind: string, nested: boolean): unknown {
  const value = kindOf(kind).make();
  return nested ? { in: value } : value;
}
