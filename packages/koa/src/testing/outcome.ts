// What became of the recorded exchanges: each matches, or differs in ways that are listed, or fails the test.
import type { JsonValue } from "@deepaas/core";
import { mismatches } from "./comparable-answer.ts";
import { answerDifferences } from "./differences/answers.ts";
import { argumentDifferences } from "./differences/arguments.ts";
import type { At, Difference } from "./differences/difference.ts";
import { discoveryDifferences } from "./differences/discovery.ts";
import { trainingDifferences } from "./differences/trainings.ts";
import { exclusions } from "./excluded-exchanges.ts";
import { type Replay, type Replayed, replay, type ServedModels } from "./replay.ts";
import { pathOf, type Transcript } from "./transcript.ts";

export const differences: readonly Difference[] = [
  ...discoveryDifferences,
  ...argumentDifferences,
  ...answerDifferences,
  ...trainingDifferences,
];

export interface Outcome {
  readonly recorded: number;
  readonly replayed: number;
  readonly matches: number;
  /** What differs to the number of exchanges, also 0. */
  readonly different: ReadonlyMap<string, number>;
  readonly excluded: ReadonlyMap<string, number>;
  /** Exchanges that no listed difference explains. */
  readonly failures: readonly string[];
}

export interface OutcomeOptions {
  readonly served: ServedModels;
  /** These take the place of `differences` for the exchanges that they are about. */
  readonly instead?: readonly Difference[];
}

export async function outcomeOf(
  transcripts: readonly Transcript[],
  { served, instead = [] }: OutcomeOptions,
): Promise<Outcome> {
  const different = new Map([...differences, ...instead].map(({ what }) => [what, 0]));
  const excluded = new Map(exclusions.map(({ what }) => [what, 0]));
  const failures: string[] = [];
  let [recorded, replayed, matches] = [0, 0, 0];
  for (const transcript of transcripts) {
    for (const section of transcript.sections) {
      recorded += section.exchanges.length;
      for (const { what, has } of exclusions) {
        const count = section.exchanges.filter((exchange) => has(exchange, section)).length;
        excluded.set(what, (excluded.get(what) ?? 0) + count);
      }
    }
    const played = await replay(transcript, served);
    for (const one of played.replayed) {
      replayed++;
      const { names, left } = explain(one, atFor(transcript.name, played, one), instead);
      if (left.length > 0) failures.push(`${transcript.name}: ${one.exchange.title}\n${left.join("\n")}`);
      else if (names.length === 0) matches++;
      for (const what of names) different.set(what, (different.get(what) ?? 0) + 1);
    }
  }
  return { recorded, replayed, matches, different, excluded, failures };
}

/** The differences that it takes to expect what we answer, and what is left unexplained. */
function explain(
  { recorded, ours }: Replayed,
  at: At,
  instead: readonly Difference[],
): { names: readonly string[]; left: readonly string[] } {
  if (recorded && mismatches(recorded, ours).length === 0) return { names: [], left: [] };
  const own = instead.filter(({ expect }) => expect(recorded, at) !== undefined);
  const names: string[] = [];
  let expected = recorded;
  for (const { what, expect } of own.length > 0 ? own : differences) {
    const next = expect(expected, at);
    if (next === undefined) continue;
    names.push(what);
    expected = next;
  }
  return { names, left: expected ? mismatches(expected, ours) : [`no answer, ours ${JSON.stringify(ours)}`] };
}

function atFor(transcript: string, { replayed, ids }: Replay, { exchange }: Replayed): At {
  const { title, request } = exchange;
  return {
    transcript,
    title,
    method: "raw" in request ? "" : request.method,
    path: pathOf(exchange),
    id: (recorded) => ids.get(recorded) ?? recorded,
    bodyOf: (other): JsonValue => replayed.find((one) => one.exchange.title === other)?.recorded?.body ?? null,
  };
}
