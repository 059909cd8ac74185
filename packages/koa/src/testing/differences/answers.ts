// What predict gives back, or fails with.
import { byTitle, type Difference, echoOf, file, json, text } from "./difference.ts";

const crash = text(500, "500: The model failed. See the server's log.");
const invalidResponse = text(500, "500: ERROR validating model response, check server logs.");

export const answerDifferences: readonly Difference[] = [
  {
    what: "a crash in `predict` is a sentence",
    why: "no page for browsers and, with `--debug`, no traceback; the cause is in the log",
    from: "DECISIONS, a crash in predict",
    expect: (expected, { path }) => {
      const crashed = /mode=(?:value_error|notimpl|attr|keyerr|custom_exc)$/.test(path);
      return crashed && (!expected || expected.status === 500) ? crash : undefined;
    },
  },
  {
    what: "a client that accepts JSON gets problem details",
    why: "where the original has only a text",
    from: "DECISIONS, other error bodies",
    expect: byTitle({
      "predict raising, Accept: application/json": {
        status: 500,
        headers: { "content-type": "application/problem+json" },
        body: {
          type: "about:blank",
          title: "Internal Server Error",
          status: 500,
          detail: "The model failed. See the server's log.",
          code: "internal",
          requestId: "<requestId>",
        },
      },
    }),
  },
  {
    what: "an exception that is meant for the caller reaches it",
    why: "the original hangs for ever",
    from: "DECISIONS, an error that the model means for the caller",
    expect: (_expected, { path }) => {
      const [, mode = ""] = /\/predict\/\?str_req=a&mode=(http\w+)$/.exec(path) ?? [];
      return {
        http400: text(422, "422: bad thing"),
        http400_exc: text(422, "422: inner"),
        http404_text: text(404, "404: Not Found"),
        http_noargs: text(409, "409: Conflict"),
      }[mode];
    },
  },
  {
    what: "a result that JSON cannot say is an invalid response",
    why: "NaN is no JSON; for the rest the original's 500 has another text",
    from: "DECISIONS, JSON text",
    expect: (_expected, { path, transcript }) => {
      const inWide = transcript.startsWith("03") && /mode=(?:nan|set|tuplekeys|unpicklable|generator)$/.test(path);
      return inWide || /mode=(?:dict|list)&accept=image\/png$/.test(path) ? invalidResponse : undefined;
    },
  },
  {
    what: "a file, bytes or a stream are sent as they are",
    why: "without an `accept` argument the original fails with 500",
    from: "SPEC 6",
    expect: byTitle({
      "predict mode=file": file("application/octet-stream", "file content", "tmp.txt"),
      "predict mode=textfile": file("application/octet-stream", "file content", "tmp.txt"),
      "predict mode=bytes": file("application/octet-stream", "bytes"),
      "predict mode=bytesio": file("application/octet-stream", "bytesio content"),
    }),
  },
  {
    what: "a date in a result is its ISO 8601 text",
    why: "the original fails with 500",
    from: "SPEC 6",
    expect: byTitle({
      "predict mode=datetime": json({ status: "OK", predictions: "2020-01-01T00:00:00.000Z" }),
    }),
  },
  {
    what: "several files through a list field work",
    why: "the original fails with 500",
    from: "DECISIONS, uploads",
    expect: byTitle({
      "List(Field) several files (multi_files) -> FileField inside list cannot be pickled": echoOf({
        multi_files: [
          { content_type: "image/png", original_filename: "up.png", size: 17, head: "hello image bytes" },
          { content_type: "text/plain", original_filename: "up2.txt", size: 6, head: "second" },
        ],
      }),
    }),
  },
  {
    what: "a result has the types of its schema",
    why: "the original takes text for a number here, and sends the text",
    from: "DECISIONS, response schema",
    expect: byTitle({ "schema: mode=nested": invalidResponse, "schema: mode=numstr": invalidResponse }),
  },
];
