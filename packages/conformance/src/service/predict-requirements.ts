// What a service must do about models and predicts. Ids are stable: add, never rename.
export const predictRequirements = {
  "models.list": "`models` gives the metadata of every model, with the name it is served under.",
  "models.metadata":
    "Metadata keeps what the author said, further keys included, and fills in id, name and description.",
  "models.metadata.missing":
    "A model whose metadata is missing or throws is described generically, never a failed call.",
  "models.describe":
    "`describe` gives the fields as one object schema with an explicit `required`, and what the model has.",
  "models.unknown": "A model that is not there rejects `not_found`, also for names of an object's own members.",
  "models.missing-member": "A member that the model does not have rejects `not_implemented`.",
  "error.coded": "What a model throws as a DeepaasError reaches the caller with its code, message and details.",
  "error.hidden": "What a model throws otherwise is `internal`, and nothing of it reaches the caller.",
  "args.valid": "The model gets valid arguments as they were given, optional ones that were left out stay absent.",
  "args.defaults": "Defaults are filled in, also in nested objects; the caller's own object stays as it is.",
  "args.unknown.drop": "Arguments that no field declares do not reach the model.",
  "args.unknown.reject": 'With `unknownArgs: "reject"` they reject `invalid_args` with their place.',
  "args.invalid":
    "Arguments that are not valid reject `invalid_args`; each issue has a JSON Pointer, a rule and a sentence.",
  "args.invalid.all": "All issues are told, also when there are many.",
  "args.invalid.kind": "Arguments that are no object reject `invalid_args`.",
  "args.prototype": "Keys such as `__proto__` and `constructor` in the input do nothing.",
  "args.file":
    "A file given as bytes, buffer, `Blob` or `ModelFile` reaches the model with content, media type and name.",
  "args.file.list": "A list of files reaches the model in order; a file is not a string, and a string is not a file.",
  "result.json": "The model's JSON value arrives as it is.",
  "result.file": "Bytes, blobs, streams and `ModelFile`s arrive as a file, in the media type that was asked for.",
  "result.text": "Text is a file when another media type than JSON was asked for, else a JSON value.",
  "result.not-finite": "NaN or an infinity in an answer is `invalid_response`.",
  "result.not-json": "An answer that JSON cannot say is `invalid_response`.",
  "result.schema": "An answer that does not fit the model's schema is `invalid_response`.",
  "value.argument": "A value in an argument becomes what the table of `toJson` says, or is refused with its place.",
  "value.result": "So does a value in a result.",
  "value.item": "So does a value in an item of a stream, where a whole value is never a file.",
  "value.trained": "So does a value in the result of a training, where NaN and the infinities become null.",
  "status.ready": "`status` is ready, without reasons, when all models are warm.",
  "call.caller": "The model gets the caller's id, and nothing else of the caller.",
  "call.request-id": "The model gets the request id that its caller gave, or one of its own.",
  "call.trace": "The host's observer gets the `traceparent` that the caller gave, of each predict and stream.",
  "call.timeout":
    "A call that takes longer than its `timeoutMs` rejects `deadline_exceeded`, and the model's signal is aborted.",
  "call.timeout.default": "A call without one has the host's limit.",
  "call.abort":
    "Aborting a call rejects `cancelled`, and the model's signal is aborted; also when the model takes no notice.",
  "call.abort.before": "A call whose signal is aborted already does not reach the model.",
  "call.abort.queued": "A call that is aborted while it waits does not reach the model, and its place is free.",
  "limit.concurrency": "At most `concurrency` calls of a model run at once; the others wait in order.",
  "limit.queue": "A call beyond the queue rejects `overloaded` with a delay.",
  "limit.each": "A model whose queue is full does not keep another one from answering.",
  "batch.together":
    "Calls that wait are given to `predictBatch` together, at most `maxBatch`, and each gets its own answer.",
  "batch.idle": "A call never waits for others while a slot is idle.",
  "batch.item": "An error in a result's place, or a result that cannot be sent, fails that call alone.",
  "batch.whole": "When a batch fails as a whole, each call is tried again by itself, once.",
  "batch.callers": "A batch gets its callers in the order of its calls.",
  "batch.abort":
    "A caller that leaves does not disturb the others of its batch; when all have left the signal is aborted.",
  "stream.order": "`predictStream` gives the pieces in order and ends after the last.",
  "stream.live": "A piece arrives before the next one is made.",
  "stream.pressure": "A model is not asked for pieces that nobody takes.",
  "stream.error": "An error in the middle arrives after the pieces before it, with its code.",
  "stream.return": "Leaving a stream stops the model.",
  "stream.abort":
    "Aborting a stream rejects `cancelled` and stops the model; a stream in time-out rejects `deadline_exceeded`.",
  "stream.args": "Arguments that are not valid reject `invalid_args` before any piece.",
  "close.refuses": "A service that is closing, or closed, rejects `unavailable` whatever is asked.",
  "close.drains": "Closing lets the calls that run come to their end.",
  "close.forces": "A call that has not come to its end after `drainMs` rejects `unavailable`.",
} as const;
