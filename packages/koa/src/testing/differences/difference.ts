// One difference from the Python server, with the answer of this server.
import type { JsonObject, JsonValue } from "@deepaas/core";
import type { Comparable } from "../comparable-answer.ts";

export interface Difference {
  readonly what: string;
  readonly why: string;
  /** What we answer; undefined: nothing else than was expected before. `expected` is undefined where there was no answer. */
  expect(expected: Comparable | undefined, at: At): Comparable | undefined;
}

/** The exchange at hand. */
export interface At {
  readonly transcript: string;
  readonly title: string;
  readonly method: string;
  readonly path: string;
  /** Ours for a recorded id. */
  id(recorded: string): string;
  /** The recorded body of another exchange of this transcript. */
  bodyOf(title: string): JsonValue;
}

const textType = { "content-type": "text/plain; charset=utf-8" };

export function text(status: number, body: string): Comparable {
  return { status, headers: textType, body };
}

export function json(body: JsonValue | undefined): Comparable {
  return { status: 200, headers: { "content-type": "application/json; charset=utf-8" }, body };
}

export function argErrors(body: JsonValue): Comparable {
  return { status: 422, headers: { "content-type": "application/json" }, body };
}

/** A file as an answer. */
export function file(type: string, body: string, name?: string): Comparable {
  const disposition = name === undefined ? {} : { "content-disposition": `attachment; filename="${name}"` };
  return { status: 200, headers: { "content-type": type, ...disposition }, body };
}

export const pidAnswer = json({ status: "OK", predictions: { pid: "<pid>", ppid: "<ppid>" } });

/** What the wide model echoes, with these arguments given beside `str_req`. */
export function echoOf(given: JsonObject): Comparable {
  return json({
    status: "OK",
    predictions: {
      mode: "echo",
      str_req: "a",
      str_def: "foo",
      str_none: null,
      str_enum_meta: "c1",
      str_oneof: "x",
      password: "secret",
      int_def: 1,
      int_range: 50,
      float_def: 0.1,
      bool_def: true,
      list_str: ["p", "q"],
      list_float: [0.1, 0.2],
      dict_typed: { a: 1 },
      constant_: 42,
      callable_default: 5,
      doc_default: 7,
      legacy: "legacy",
      ...given,
    },
  });
}

/** By the titles of exchanges: what each is answered with. */
export function byTitle(answers: Readonly<Record<string, Comparable>>): Difference["expect"] {
  return (_expected, { title }) => (Object.hasOwn(answers, title) ? answers[title] : undefined);
}

/** By the titles of exchanges: what becomes of the body of each. */
export function bodyByTitle(changes: Readonly<Record<string, (body: JsonObject) => JsonObject>>): Difference["expect"] {
  return (expected, { title }) => {
    const change = Object.hasOwn(changes, title) ? changes[title] : undefined;
    return change && expected ? { ...expected, body: change(expected.body as JsonObject) } : undefined;
  };
}
