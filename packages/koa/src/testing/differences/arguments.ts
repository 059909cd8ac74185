// Arguments: what is read, converted and refused.
import type { JsonObject } from "@deepaas/core";
import type { Comparable } from "../comparable-answer.ts";
import { argErrors, bodyByTitle, byTitle, type Difference, echoOf, json, text } from "./difference.ts";

const repr = "DECISIONS, last paragraph";
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
    why: "500 from the original",
    from: "DECISIONS, malformed multipart",
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
    why: "it would silently become another one",
    from: "SPEC 5.3",
    expect: byTitle({ "int very big": argErrors({ int_def: ["Number too large."] }) }),
  },
  {
    what: "an integer from `2.9` is refused",
    why: "the original cuts it off",
    from: "DECISIONS, Int from JSON 2.9",
    expect: byTitle({
      "JSON int given float 1.0 / 1.5 / true": notAnInteger,
      "JSON int 1.9 truncated to 1": notAnInteger,
    }),
  },
  {
    what: "a strict integer is an integer",
    why: "JSON Schema has one kind of them: `5.0` is one, and text on the V2 routes is read",
    from: repr,
    expect: byTitle({
      "int_strict from query string '5'": echoOf({ int_strict: 5 }),
      "JSON int_strict 5.0": echoOf({ int_strict: 5 }),
    }),
  },
  {
    what: "NaN is no value and no JSON",
    why: "a body with it is 400, a text is refused also where `allow_nan` took it",
    from: "DECISIONS, JSON text",
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
    why: "documentation only in the original",
    from: "DECISIONS, enum",
    expect: byTitle({
      "metadata-only enum is NOT validated": argErrors({ str_enum_meta: ["Must be one of: c1, c2."] }),
    }),
  },
  {
    what: "a check that is a function runs in `predict`, after all others; choices have the usual sentence",
    why: "neither a function nor a sentence's template can be part of a schema",
    from: repr,
    expect: bodyByTitle({
      "several errors at once": ({ str_callable: _own, ...body }) => ({
        ...body,
        str_oneof_labels: ["Must be one of: l, m."],
      }),
    }),
  },
  {
    what: "a period of time is a number",
    why: "its sentence is that of a number",
    from: repr,
    expect: bodyByTitle({ "JSON wrong types": (body) => ({ ...body, timedelta_: ["Not a valid number."] }) }),
  },
  {
    what: "`ContainsOnly` is said of the items",
    why: "so is its sentence",
    from: repr,
    expect: bodyByTitle({
      "list element error index": (body) => ({ ...body, list_containsonly: { 1: ["Must be one of: a, b."] } }),
    }),
  },
  {
    what: "a list is not cut at commas",
    why: "`DelimitedList` is a list, which repeats its name",
    from: repr,
    expect: byTitle({ "DelimitedList query": notListed, "DelimitedList repeated: first only": notListed }),
  },
  {
    what: "a body that is a JSON array feeds a list of objects only when the model has just one",
    why: "which of two `many=True` made is not known here",
    from: "SPEC 5.1",
    expect: byTitle({
      "JSON array body": argErrors({ str_req: ["Missing data for required field."] }),
      "JSON array of objects body (nested_many)": echoOf({}),
    }),
  },
  {
    what: "the name of an upload is its last part",
    why: "paths and control characters are gone",
    from: "DECISIONS, uploads",
    expect: bodyByTitle({
      "file upload, explicit type and name": withNewName("u00e4me.bin"),
      "multipart file filename with path": withNewName("passwd"),
    }),
  },
  {
    what: "an empty file input counts as absent",
    why: "the original gives empty bytes to the model",
    from: "DECISIONS, uploads",
    expect: byTitle({ "multipart with empty filename": echoOf({}) }),
  },
  {
    what: "a file argument takes files only",
    why: "the original gives any text to the model",
    from: "DECISIONS, uploads",
    expect: byTitle({
      "file field sent as plain text form value -> str": argErrors({ data: ["Not a valid file."] }),
      "POST train with text in the file field": argErrors({ conf: ["Not a valid file."] }),
      "required file sent as text": argErrors({ file_req: ["Not a valid file."] }),
    }),
  },
  {
    what: "a form's part of JSON without a file name is text",
    why: "our clients send the part `_json` so; the original refuses it as bytes",
    from: "SPEC 5.2",
    expect: (_expected, { title }) =>
      title.startsWith("multipart text part with content-type application/json")
        ? echoOf({ str_req: '{"a":1}' })
        : undefined,
  },
  {
    what: "the `Accept` header is negotiated",
    why: "lists, weights, ranges and parameters are 422 from the original, and an `accept` argument that is no header ignores it; none acceptable is 406",
    from: "DECISIONS, accept field",
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
