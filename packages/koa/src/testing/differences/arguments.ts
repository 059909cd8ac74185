// Arguments: what is read, converted and refused.
import type { JsonObject } from "@deepaas/core";
import type { Comparable } from "../comparable-answer.ts";
import { argErrors, bodyByTitle, byTitle, type Difference, echoOf, json, text } from "./difference.ts";

const notAnInteger = argErrors({ int_def: ["Not a valid integer."] });
const badJson: Comparable = { ...argErrors({ json: ["Invalid JSON body."] }), status: 400 };
const notListed = argErrors({ delimited: { 0: ["Not a valid integer."] } });
const withNewName = (original_filename: string) => (body: JsonObject) => {
  const { predictions, ...rest } = body as { readonly predictions: JsonObject };
  return { ...rest, predictions: { ...predictions, data: { ...(predictions.data as JsonObject), original_filename } } };
};

export const argumentDifferences: readonly Difference[] = [
  {
    what: "malformed multipart and an unknown charset are 400 with the reason",
    why: "500 from the Python server",
    expect: byTitle({
      "malformed multipart (no boundary)": text(400, "400: The multipart body has no boundary"),
      "malformed multipart (truncated)": text(400, "400: The multipart body is malformed or truncated"),
      "multipart with preamble/LF only": text(400, "400: The multipart body is malformed or truncated"),
      "multipart part without name": text(400, "400: A part of the form has no name"),
      "urlencoded with bad charset": text(400, "400: The charset of the body is not known"),
      "JSON with charset nonsense": text(400, "400: The charset of the body is not known"),
    }),
  },
  {
    what: "an integer that a double cannot hold exactly is refused",
    why: "it would silently become another number",
    expect: byTitle({ "int very big": argErrors({ int_def: ["Number too large."] }) }),
  },
  {
    what: "`2.9` is not an integer",
    why: "the Python server truncates it",
    expect: byTitle({
      "JSON int given float 1.0 / 1.5 / true": notAnInteger,
      "JSON int 1.9 truncated to 1": notAnInteger,
    }),
  },
  {
    what: "a strict integer is an integer",
    why: "JSON Schema has one kind of integer: `5.0` is one, and text is converted on V2 routes",
    expect: byTitle({
      "int_strict from query string '5'": echoOf({ int_strict: 5 }),
      "JSON int_strict 5.0": echoOf({ int_strict: 5 }),
    }),
  },
  {
    what: "NaN is refused",
    why: "as JSON with 400, as text also where `allow_nan` accepted it",
    expect: byTitle({
      "float_nan=nan allowed": argErrors({
        float_nan: ["Special numeric values (nan or infinity) are not permitted."],
      }),
      "JSON NaN literal": badJson,
      "JSON NaN literal for plain float": badJson,
    }),
  },
  {
    what: "an `enum` is enforced",
    why: "the Python server only documents it",
    expect: byTitle({
      "metadata-only enum is NOT validated": argErrors({ str_enum_meta: ["Must be one of: c1, c2."] }),
    }),
  },
  {
    what: "a validator function runs in `predict`, after all others; choices have the usual sentence",
    why: "a schema contains neither functions nor templates of sentences",
    expect: bodyByTitle({
      "several errors at once": ({ str_callable: _own, ...body }) => ({
        ...body,
        str_oneof_labels: ["Must be one of: l, m."],
      }),
    }),
  },
  {
    what: "a time delta is a number",
    why: "its sentence is that of a number",
    expect: bodyByTitle({ "JSON wrong types": (body) => ({ ...body, timedelta_: ["Not a valid number."] }) }),
  },
  {
    what: "errors of `ContainsOnly` are reported per item",
    why: "the schema is of the items",
    expect: bodyByTitle({
      "list element error index": (body) => ({ ...body, list_containsonly: { 1: ["Must be one of: a, b."] } }),
    }),
  },
  {
    what: "a list is not split at commas",
    why: "`DelimitedList` becomes a list, which repeats its name",
    expect: byTitle({ "DelimitedList query": notListed, "DelimitedList repeated: first only": notListed }),
  },
  {
    what: "a body that is a JSON array is the argument of a list of objects only if the model has exactly one",
    why: "fields do not say which of two was made by `many=True`",
    expect: byTitle({
      "JSON array body": argErrors({ str_req: ["Missing data for required field."] }),
      "JSON array of objects body (nested_many)": echoOf({}),
    }),
  },
  {
    what: "the file name of an upload has no path and no control characters",
    why: "the Python server keeps them",
    expect: bodyByTitle({
      "file upload, explicit type and name": withNewName("u00e4me.bin"),
      "multipart file filename with path": withNewName("passwd"),
    }),
  },
  {
    what: "an empty file input counts as absent",
    why: "the Python server passes empty bytes to the model",
    expect: byTitle({ "multipart with empty filename": echoOf({}) }),
  },
  {
    what: "a file argument accepts only files",
    why: "the Python server passes any text to the model",
    expect: byTitle({
      "file field sent as plain text form value -> str": argErrors({ data: ["Not a valid file."] }),
      "POST train with text in the file field": argErrors({ conf: ["Not a valid file."] }),
      "required file sent as text": argErrors({ file_req: ["Not a valid file."] }),
    }),
  },
  {
    what: "a JSON part of a form without a file name is text",
    why: "clients of this project send the part `_json` like this; the Python server refuses it as bytes",
    expect: (_expected, { title }) =>
      title.startsWith("multipart text part with content-type application/json")
        ? echoOf({ str_req: '{"a":1}' })
        : undefined,
  },
  {
    what: "the `Accept` header is negotiated",
    why: "in the Python server lists, weights, ranges and parameters are 422, and an `accept` argument that is not a header ignores it; here none acceptable is 406",
    expect: byTitle({
      "Accept browser style list -> 422": { status: 200, headers: { "content-type": "image/png" }, body: "\ufffdPNG" },
      "Accept: image/* -> 422": { status: 200, headers: { "content-type": "image/png" }, body: "\ufffdPNG" },
      "Accept: application/json; charset=utf-8 -> 422": json({
        status: "OK",
        predictions: { accept: "application/json", type: "<class 'deepaas.model.v2.wrapper.UploadedFile'>" },
      }),
      "required file missing and bad accept": text(
        406,
        "406: The model answers image/png, text/plain, application/json",
      ),
      "Accept header is ignored when location is not headers": text(
        500,
        "500: ERROR validating model response, check server logs.",
      ),
    }),
  },
];
