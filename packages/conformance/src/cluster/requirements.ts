import type { Requirement } from "../suite.ts";

const texts = {
  "any.start": "Any node starts a run. Starting it again on another node starts no further run.",
  "any.read": "Any node lists runs, and reads the record and the metrics of any run.",
  "any.watch": "A watcher on any node gets each event once, in order, while another node executes the run.",
  "any.artifact": "Any node serves the files of any run.",
  "any.cancel": "A cancel on any node stops a run that another node executes, and its model is told.",
  "any.cancel-waiting": "A cancel on any node ends a run that waits. It is never executed, and waits no longer.",
  "any.remove": "A run that one node has removed exists on no node.",
  "slots.shared": "Runs that wait are executed by every node with a free slot.",
  "roles.serve": "A node with the role `serve` executes no run.",
  "labels.needs": "A run waits until there is a node with the labels that its model needs, and holds up no other run.",
  "limits.waiting":
    "`queuedRuns` limits the runs that wait in the whole cluster: each node refuses further ones with `overloaded`.",
  "limits.freed": "When runs were executed or cancelled, whichever node did that, each node accepts runs again.",
  "weights.shared": "Weights that a run has published are served by every node, also by one that starts later.",
  "death.resumed": "The run of a node that is killed goes on elsewhere, from its last checkpoint.",
  "death.watched": "A watcher on another node sees the death and what follows without a gap.",
  "freeze.resumed": "The run of a node that does not answer goes on elsewhere.",
  "freeze.stopped": "When such a node goes on, its attempt is aborted, and nothing of it is recorded.",
  "end.given-back": "A node that is told to end gives its runs back: they go on elsewhere at once.",
  "end.uncounted": "An attempt that ended so is not counted, however often that happens to a run.",
  "start.harmless": "The start and the end of a node change no run of another node, and delete no file.",
  "queue.lost": "Runs whose queue has lost its content are queued again; none fails.",
} as const;

export type ClusterRequirementId = keyof typeof texts;

/** The requirements of several nodes that share a store, an engine and blobs. */
export const clusterRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<ClusterRequirementId>[];
