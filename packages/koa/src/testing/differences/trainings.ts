// Trainings: how they end, and what stays of them.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { type At, type Difference, json, pidAnswer } from "./difference.ts";

interface Shown {
  readonly mode?: string;
  readonly sleep?: number;
  readonly epochs?: number;
  readonly more?: JsonObject;
}

export function training(
  uuid: string,
  status: string,
  { mode = "ok", sleep = 0, epochs = 1, more = {} }: Shown,
): JsonObject {
  const { result, message, ...args } = more as { readonly result?: JsonValue; readonly message?: JsonValue };
  return {
    date: "<date>",
    args: { mode, sleep, epochs, lst: [1, 2], ...args },
    uuid,
    status,
    ...(result !== undefined && { result }),
    ...(message !== undefined && { message }),
  };
}

export const done = { output: "trained 1 epochs", finish_date: "<finish_date>", duration: "<duration>" };
const conf = { contentType: "image/png", originalFilename: "up.png", size: 17 };
export const list = (body: JsonValue) => body as readonly JsonObject[];

const unsayable = ({ id }: At) =>
  training(id("192aa86bebe0452fa4ec44a32781bce8"), "error", {
    mode: "set",
    more: { message: "The model's result has no JSON form." },
  });
const ended = ({ id }: At) => training(id("c97e459de18245b08005f68a57d691ca"), "cancelled", { sleep: 30 });
const unbegun = ({ id }: At) => training(id("5dfeb32267f94dd3ad04c66dc8e3e67f"), "cancelled", { epochs: 2 });
const withFile = "df34756a8bfd40a8ad6e0c9ac4147c0d";
const withDate = "POST with Date arg: args not JSON serialisable -> 500 but training starts";
const dated = (at: At, status: string, result?: JsonValue) =>
  training(at.id(withDate), status, { more: { when: "2020-01-02", ...(result !== undefined && { result }) } });
const refused = (at: At) => {
  const recorded =
    { "05-train": "d38f0b6b55d44e3da9f2589e2228f1cf" }[at.transcript] ?? "1424593a4a5041d7ae4417d544c8b91e";
  return training(at.id(recorded), "error", { mode: "http400", more: { message: "bad training" } });
};

/** By the titles of exchanges, with what each body is. */
export function bodies(answers: Readonly<Record<string, (at: At) => JsonValue>>): Difference["expect"] {
  return (_expected, at) => {
    const answer = Object.hasOwn(answers, at.title) ? answers[at.title] : undefined;
    return answer && json(answer(at));
  };
}

export const trainingDifferences: readonly Difference[] = [
  {
    what: "`DELETE` of a queued or running training cancels it and returns it; it stays in the list",
    why: "the Python server answers 500 or nothing, and forgets it",
    expect: bodies({
      "DELETE the queued training (never started)": unbegun,
      "list after DELETE queued": (at) => [...list(at.bodyOf("list after DELETE queued")), unbegun(at)],
      "DELETE the running training": ended,
      "GET after DELETE": ended,
      "list after DELETE running": (at) => [...list(at.bodyOf("list after DELETE running")), ended(at), unbegun(at)],
      "DELETE running": ({ id }) => training(id("bc36a62762144676a4da7d2bd4307bea"), "cancelled", { sleep: 30 }),
    }),
  },
  {
    what: "`DELETE` of a training that ended with an error returns it",
    why: "500 from the Python server, which removes it nevertheless",
    expect: bodies({
      "DELETE an errored training": ({ id }) =>
        training(id("8eb6b189b7d9416fb2644aab06e5af62"), "error", {
          mode: "raise",
          more: { message: "training failed: \u00e9" },
        }),
    }),
  },
  {
    what: "a training whose result has no JSON form is an `error`, and the list works",
    why: "500 from the Python server for both",
    expect: bodies({
      "GET training whose output is not JSON serialisable (set) -> 500": unsayable,
      "list is now broken too -> 500": (at) => [...list(at.bodyOf("list OK again")), unsayable(at)],
      "DELETE it -> ": unsayable,
    }),
  },
  {
    what: "a training with a date among its arguments is shown",
    why: "the Python server starts it, answers 500, and its list fails from then on",
    expect: bodies({
      [withDate]: (at) => dated(at, "running"),
      "list is broken by it -> 500": (at) => [
        ...list(at.bodyOf("list after DELETE running")),
        ended(at),
        unbegun(at),
        dated(at, "done", done),
      ],
    }),
  },
  {
    what: "a file works in `train` and is shown with name, type and size",
    why: "the Python server shows a list of three values, and every such training fails",
    expect: bodies({
      "POST train with a file": ({ id }) => training(id(withFile), "running", { more: { conf } }),
      "list after train with file": ({ id }) => [training(id(withFile), "done", { more: { conf, result: done } })],
      list: ({ id }) => [training(id(withFile), "done", { more: { conf, result: done } })],
    }),
  },
  {
    what: "an exception for the caller ends a training with `error`",
    why: "in the Python server it is `running` for ever, and deleting it blocks the server",
    expect: bodies({
      "GET training raising HTTPBadRequest -> running for ever": refused,
      "GET training raising HTTPBadRequest -> running": refused,
      "DELETE it": refused,
      "DELETE it (hangs)": refused,
    }),
  },
  {
    what: "other requests are answered after such a failure and during a training",
    why: "the Python server keeps them waiting",
    expect: (expected, { method, path, bodyOf }) => {
      if (expected) return undefined;
      if (path === "/" && method === "GET") return json(bodyOf("GET / before DELETE"));
      return path.endsWith("mode=pid") ? pidAnswer : undefined;
    },
  },
];
