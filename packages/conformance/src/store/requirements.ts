import type { Requirement } from "../suite.ts";

const texts = {
  "create.queued": "`create` keeps the record and the event `queued` in one transaction.",
  "create.again":
    "`create` with the same id, model and fingerprint returns the existing run; many at once create one run.",
  "create.taken":
    "`create` with the same id and another fingerprint or model rejects `already_exists` and changes nothing.",
  "claim.started":
    "`claim` starts the next attempt and appends `started` in one transaction; the claim has secrets, files and the trace context.",
  "claim.one": "Of many claims at once one succeeds; a held run is not claimed again.",
  "claim.none": "A run that does not exist, has ended or is stopping is not claimed.",
  "claim.checkpoints": "A claim has the last two checkpoints with data and blob, the newest last.",
  "checkpoint.newest": "If the store has `newestCheckpoint`, that is the last one of a run; undefined if it has none.",
  "claim.lost": "A claim has the number of lost attempts since the last checkpoint; an uncounted loss does not count.",
  "claim.published": "A claim has the last weights that an earlier attempt published.",
  "append.dense":
    "Appended events are numbered densely and in order, those of one append together, also when many append at once.",
  "append.fenced": "An append of an attempt that is not the newest is `stale` and changes nothing.",
  "append.lost": "After `lost` the attempt is over: its further appends are `stale`.",
  "append.ended": "An append to a run that has ended or does not exist is `stale` and changes nothing.",
  "append.once":
    "An append whose `appendNumber` was kept before is `kept` and changes nothing, also if it ended the run.",
  "append.attempts": "Each attempt numbers its appends from 1.",
  "append.stopping": "`stopping` is kept for a running run; of many at once, one is kept.",
  "append.stopping-lost": "A run that is lost while it is stopping stays stopping and is not claimed again.",
  "append.cancel":
    "An append without `appendNumber` only checks the attempt, so that a queued or lost run can be cancelled.",
  "record.fold": "The record is the result of applying its events.",
  "read.range": "`read` returns at most `limit` events after the cursor, and none at the end and beyond it.",
  "read.unknown": "`read`, `artifact` and `remove` of an unknown run reject `not_found`; `get` returns undefined.",
  "read.trimmed": "A cursor before the first event rejects `out_of_range` with first and last.",
  "read.own": "Returned objects cannot be changed; changing objects that were passed in has no effect on the store.",
  "cursor.any":
    "From any cursor, with any limit, `read` returns the events of the log, each once, also while it is trimmed.",
  "list.order": "`list` returns runs in the order of their creation, or the newest first, whatever their ids.",
  "list.filter": "`list` filters by model, states and time of creation.",
  "list.owner": "The owner of a run is kept, and `list` filters by it, in full pages.",
  "list.selected":
    "`list` filters by lists of owners and models, and by `anyOf`, besides the other members; an empty list selects nothing.",
  "list.page": "Pages contain each run once, also while runs are created and removed; `next` is null at the end.",
  "list.metric":
    "`list` orders by the last value of a metric of any name, in both directions; runs without it or with NaN come last.",
  "list.metric-page":
    "Pages in that order have each run whose value does not change once, also while others are created, removed or change.",
  "list.cursor": "An invalid cursor, or one of another order, rejects `invalid_args`.",
  "artifact.newest": "`artifact` returns the blob of the newest event of that name, undefined for an unknown name.",
  "versions.none": "A model without versions has none, serves 0, and has no history.",
  "versions.number": "Versions are numbered from 1 for each model; a number is never used again.",
  "versions.run": "A run has one version: adding another returns the first.",
  "versions.fenced": "A version of an attempt that is not the newest, or of a run that has ended, is `stale`.",
  "versions.serve":
    "`serveVersion` changes the served version, counts the revision and keeps the change with its reason.",
  "versions.revision":
    "A change that is based on an old revision is `stale` and changes nothing; of many at once, one is kept.",
  "versions.remove":
    "`removeVersion` frees the file; the served version rejects `failed_precondition`, an unknown one `not_found`.",
  "versions.blobs": "The file of a version is freed when neither a version nor a run refers to it.",
  "versions.wake":
    "A subscriber is woken with the model after its served version has changed, until it ends its subscription.",
  "remove.ended": "`remove` removes an ended run; any other run rejects `failed_precondition`.",
  "free.once": "A blob without references is freed once: replaced, or older than the last two checkpoints.",
  "remove.blobs": "`remove` frees the blobs of the run, except those of weights versions.",
  "retain.runs":
    "`retain` removes the ended runs beyond `keepRuns` in the order of their ends, and runs that ended `keepDays` ago.",
  "retain.bytes":
    "`retain` removes ended runs in the order of their ends until the rest has at most `maxBytes`, or is one run.",
  "kept.blobs": "`isKept` is true for a blob that a run or a weights version refers to, else false.",
  "wake.append": "A subscriber is woken after every kept change of the log: append, claim, removal.",
  "wake.end": "An ended subscription is not woken; others are.",
  "wake.watch": "A watch over the store never misses an event and never hangs, whenever wake-ups and appends come.",
  "open.pending": "`open` returns the queued and lost runs, oldest first, and no ended ones.",
  "open.counted": "The death of a holder counts as a lost attempt only if the models ran in its process.",
  "open.dead": "The runs of a dead holder become `lost`, or `cancelled` if they were stopping.",
  "open.fenced": "Appends of the dead holder are stale from then on.",
  "open.kept": "Records, logs, checkpoints, artifacts and weights versions survive a new `open`.",
  "usage.owner":
    "If the store has `usage`, it has the queued runs of an owner and the bytes of all its runs, at least those of their files.",
  "stats.kind": "`stats` has the kind of the store; if it has a size, that is a number of bytes.",
  "stats.runs":
    "`stats` has the number of the runs of each model in each state; if the state is not terminal, since when one of them is in it the longest, and the oldest time of a last event.",
  "transfer.same":
    "If the store has `transfer`, a run and the weights of a model that are read and added to another store answer every read the same.",
  "transfer.again": "Adding a run or a model again changes nothing; another run with its id rejects `already_exists`.",
  "transfer.whole": "A run whose log cannot be read to its end is not added.",
  "transfer.trimmed": "A run that is added has its last `keepEvents` events.",
  "transfer.held":
    "A run that was running or stopping when it was read is lost, or cancelled, at the next `open` after it was added.",
  "ops.model": "After any sequence of calls the log is dense, the record matches it, and a run ends once.",
} as const;

export type StoreRequirementId = keyof typeof texts;

/** The requirements of a `RunStore`. */
export const storeRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<StoreRequirementId>[];
