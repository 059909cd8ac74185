// What predict gives back, or fails with.
import { byTitle, type Difference, echoOf, file, json, text } from "./difference.ts";

const crash = text(500, "500: The model failed. See the server's log.");
const invalidResponse = text(500, "500: ERROR validating model response, check server logs.");

export const answerDifferences: readonly Difference[] = [
  {
    what: "an error in `predict` is one sentence",
    why: "no HTML page, and with `--debug` no traceback; the cause is in the log",
    expect: (expected, { path }) => {
      const crashed = /mode=(?:value_error|notimpl|attr|keyerr|custom_exc)$/.test(path);
      return crashed && (!expected || expected.status === 500) ? crash : undefined;
    },
  },
  {
    what: "a client that accepts JSON gets problem details",
    why: "the Python server has only a text",
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
    what: "an exception for the caller reaches the caller",
    why: "the Python server never answers",
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
    what: "a result without a JSON form is an invalid response",
    why: "NaN is not JSON; for other results the 500 of the Python server has another text",
    expect: (_expected, { path, transcript }) => {
      const inWide = transcript.startsWith("03") && /mode=(?:nan|set|tuplekeys|unpicklable|generator)$/.test(path);
      return inWide || /mode=(?:dict|list)&accept=image\/png$/.test(path) ? invalidResponse : undefined;
    },
  },
  {
    what: "a file, bytes or a stream are sent unchanged",
    why: "without an `accept` argument the Python server answers 500",
    expect: byTitle({
      "predict mode=file": file("application/octet-stream", "file content", "tmp.txt"),
      "predict mode=textfile": file("application/octet-stream", "file content", "tmp.txt"),
      "predict mode=bytes": file("application/octet-stream", "bytes"),
      "predict mode=bytesio": file("application/octet-stream", "bytesio content"),
    }),
  },
  {
    what: "a date in a result is its ISO 8601 text",
    why: "500 from the Python server",
    expect: byTitle({
      "predict mode=datetime": json({ status: "OK", predictions: "2020-01-01T00:00:00.000Z" }),
    }),
  },
  {
    what: "several files for a list field work",
    why: "500 from the Python server",
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
    what: "a result must have the types of its schema",
    why: "the Python server accepts a text for a number here, and sends the text",
    expect: byTitle({ "schema: mode=nested": invalidResponse, "schema: mode=numstr": invalidResponse }),
  },
];
