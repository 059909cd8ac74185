// Where the recorded models, unchanged in a Python worker, are not answered as those in TypeScript.
import { answerDifferences } from "./answers.ts";
import { type At, byTitle, type Difference, echoOf, file, json, text } from "./difference.ts";
import { bodies, done, list, training } from "./trainings.ts";

/** As one of the list for TypeScript, with another answer. */
function as(what: string, expect: Difference["expect"]): Difference {
  const listed = answerDifferences.find((one) => one.what === what);
  if (!listed) throw new Error(`not listed: ${what}`);
  return { ...listed, expect };
}

const trainedSet = ({ id }: At) => {
  const result = { ...done, output: [1] };
  return training(id("192aa86bebe0452fa4ec44a32781bce8"), "done", { mode: "set", more: { result } });
};

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
    what: "an exception as the reason of an HTTP exception is its text",
    why: "models of AI4OS are written so, and newer versions of aiohttp refuse it; the Python server never answers",
    expect: byTitle({ "predict mode=http400_exc": text(400, "400: inner") }),
  },
  {
    what: "a generator is answered as a list",
    why: "500 from the Python server",
    expect: byTitle({ "predict mode=generator": json({ status: "OK", predictions: [0, 1, 2] }) }),
  },
  {
    what: "a set is answered as a list",
    why: "500 from the Python server, and from then on from its list of trainings",
    expect: (expected, at) =>
      byTitle({ "predict mode=set": json({ status: "OK", predictions: [1, 2] }) })(expected, at) ??
      bodies({
        "GET training whose output is not JSON serialisable (set) -> 500": trainedSet,
        "list is now broken too -> 500": (at) => [...list(at.bodyOf("list OK again")), trainedSet(at)],
        "DELETE it -> ": trainedSet,
      })(expected, at),
  },
];
