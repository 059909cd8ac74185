import type { Requirement } from "../suite.ts";

const texts = {
  "create.queued": "`create` keeps the record and its first event, `queued`, at once.",
  "create.again": "The same id, model and fingerprint give the run that is there; many at once create one.",
  "create.taken": "The same id with another fingerprint or model rejects `already_exists` and changes nothing.",
  "claim.started": "`claim` gives the next attempt and records `started`, at once; the claim has secrets and files.",
  "claim.one": "Of many claims at once one is given; a run that is held is not given again.",
  "claim.none": "A run that is not there, has ended or is stopping is not given.",
  "claim.checkpoints": "A claim has the last two checkpoints with data and blob, the newest last.",
  "claim.lost":
    "It has the number of attempts lost in a row: a checkpoint starts it again, an uncounted loss does not count.",
  "claim.published": "It has what an earlier attempt published last.",
  "append.dense":
    "Appended facts are numbered densely, in order, all of one append together, also when many append at once.",
  "append.fenced": "An append of an attempt that is not the newest is `stale` and changes nothing.",
  "append.lost": "After `lost` the attempt is over: what it still appends is `stale`.",
  "append.ended": "An append to a run that has ended, or is gone, is `stale` and changes nothing.",
  "append.once": "An append whose `n` was kept is `kept` and changes nothing, also when it ended the run.",
  "append.attempts": "Each attempt numbers its appends from 1.",
  "append.stopping": "`stopping` is kept for a run that is running; of many at once, one.",
  "append.stopping-lost": "A run that is lost while it is stopping stays stopping, and is not given again.",
  "append.cancel": "An append without `n` only checks the attempt: a queued or lost run is cancelled so.",
  "record.fold": "The record is what its events make of it.",
  "read.range": "`read` gives at most `limit` events after the cursor; nothing at the end and beyond it.",
  "read.unknown":
    "`read`, `artifact` and `remove` of a run that is not there reject `not_found`; `get` gives undefined.",
  "read.trimmed": "A cursor before the first event still held rejects `out_of_range` with first and last.",
  "read.own": "What is handed out cannot be changed by whoever got it, and what was handed in can.",
  "cursor.any":
    "From whatever cursor, in whatever pieces, the events are those of the log, each once, also while it is trimmed.",
  "list.order": "`list` gives runs in the order of their creation, or the newest first, whatever their ids.",
  "list.filter": "It filters by model, states and time of creation.",
  "list.owner": "The owner of a run is kept, and `list` filters by it, in full pages.",
  "list.page": "Its pages give each run once, also while runs are created and removed; `next` is null at the end.",
  "list.cursor": "A cursor that it did not give rejects `invalid_args`.",
  "artifact.newest": "`artifact` gives the blob of the newest event of that name, undefined for another name.",
  "published.newest": "`published` gives what the last succeeded run of the model published, also after its removal.",
  "published.ended": "What a run published does not count unless it has succeeded.",
  "published.refused":
    "What a run published that `succeeded` with `serves: false` is let go; what was served before stays.",
  "remove.ended": "`remove` forgets an ended run; one that has not ended rejects `failed_precondition`.",
  "free.once":
    "A blob that nothing refers to any more is freed, once: replaced, superseded, or out of the last two checkpoints.",
  "remove.blobs": "It frees the blobs of the run: not the weights that are served.",
  "retain.runs":
    "`retain` removes the ended runs beyond `keepRuns`, those that ended first, and what ended `keepDays` ago.",
  "retain.bytes":
    "It removes ended runs, those that ended first, until the rest holds no more than `maxBytes`, or is one.",
  "kept.blobs": "`isKept` is true for whatever a run refers to and for the weights that are served, else false.",
  "wake.append": "A subscriber is woken after every change of the log has been kept: append, claim, removal.",
  "wake.end": "After its end a subscription is not woken; others are.",
  "wake.watch": "A watch over the store never misses an event and never hangs, whenever wake-ups and appends come.",
  "open.left": "`open` gives what is queued or lost, oldest first, and nothing that has ended.",
  "open.counted":
    "The death of a holder counts as an attempt lost in a row if the models ran in its process, else not.",
  "open.dead": "What a dead holder ran is `lost`, or `cancelled` if it was stopping.",
  "open.fenced": "The dead holder's appends are stale from then on.",
  "open.kept": "Records, logs, checkpoints, artifacts and published weights are there after it.",
  "ops.model": "Whatever calls come in whatever order: the log is dense, the record agrees, ends come once.",
} as const;

export type StoreRequirementId = keyof typeof texts;

/** Whoever implements `RunStore` must do this. */
export const storeRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<StoreRequirementId>[];
