import type { Requirement } from "../suite.ts";

const texts = {
  "access.caller": "Every method but `status` rejects `unauthenticated` without a caller.",
  "access.ended":
    "Every method but `status` rejects `unauthenticated` if the signal of the caller is aborted; calls, streams and watches that are under way end with it.",
  "access.model":
    "A model for which the caller has no scope is `not_found`, as an unknown one; a missing scope is `permission_denied`, and the sentence names it.",
  "access.run":
    "Another's run is `not_found`, as an unknown one, unless a scope allows to read it; one that may be read but not changed is `permission_denied`.",
  "access.nobody": "A run without an owner is another's run for every caller.",
  "access.id": "`train` with the id of another's run rejects `already_exists`, also with the same arguments.",
  "access.list":
    "`runs` returns the runs that the caller may read, in full pages, whatever the filter and the scopes are.",
  "access.shown":
    "`models` and `stats` have the models for which the caller has a scope; reasons, workers, memory, store and watchers are for `admin`, the counts of runs for `read:all`.",
  "access.status": "`status` can be called by everybody; its reasons are for `admin`.",
  "access.grant":
    "A grant is signed for the run, the caller and the time; the scope of one reads that run, and nothing else.",
  "access.grant.invalid": "`seconds` other than a whole number from 1 to 604,800 reject `invalid_args`.",
  "access.grant.none": "A service that signs no grants rejects `not_implemented`.",
} as const;

export type AccessRequirementId = keyof typeof texts;

/** The requirements of a service with an access policy. */
export const accessRequirements = Object.entries(texts).map(([id, text]) => ({
  id,
  text,
})) as readonly Requirement<AccessRequirementId>[];
