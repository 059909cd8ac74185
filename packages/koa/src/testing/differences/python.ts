// Where the recorded models, unchanged in a Python worker, are not answered as those in TypeScript.
import { answerDifferences } from "./answers.ts";
import { byTitle, type Difference, echoOf, file, json, text } from "./difference.ts";

/** As one of the list for TypeScript, with another answer. */
function as(what: string, expect: Difference["expect"]): Difference {
  const listed = answerDifferences.find((one) => one.what === what);
  if (!listed) throw new Error(`not listed: ${what}`);
  return { ...listed, expect };
}

export const pythonDifferences: readonly Difference[] = [
  as(
    "a file, bytes or a stream are sent unchanged",
    byTitle({
      "predict mode=file": file("text/plain", "file content", "tmp.txt"),
      "predict mode=textfile": file("text/plain", "file content", "tmp.txt"),
    }),
  ),
  as(
    "several files for a list field work",
    byTitle({
      "List(Field) several files (multi_files) -> FileField inside list cannot be pickled": echoOf({
        multi_files: [
          { content_type: "image/png", original_filename: "up.png" },
          { content_type: "text/plain", original_filename: "up2.txt" },
        ],
      }),
    }),
  ),
  as(
    "a date in a result is its ISO 8601 text",
    byTitle({ "predict mode=datetime": json({ status: "OK", predictions: "2020-01-01T00:00:00" }) }),
  ),
  as(
    "an exception for the caller reaches the caller",
    byTitle({
      "predict mode=http400": text(400, "400: bad thing"),
      "predict http400": text(400, "400: bad thing"),
      "predict mode=http404_text": text(404, '404: {"message": "custom"}'),
    }),
  ),
  {
    what: "an HTTP exception whose reason is no text is an error of the model",
    why: "newer versions of aiohttp do not make it; the Python server never answers",
    expect: byTitle({ "predict mode=http400_exc": text(500, "500: The model failed. See the server's log.") }),
  },
  {
    what: "a generator is answered as a list",
    why: "500 from the Python server",
    expect: byTitle({ "predict mode=generator": json({ status: "OK", predictions: [0, 1, 2] }) }),
  },
];
