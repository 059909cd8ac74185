// The recorded exchanges with the recorded models, unchanged in Python workers: for test/python-replay.test.ts, which has those.
import { pythonComparisonText } from "./comparison-text.ts";
import { pythonDifferences } from "./differences/python.ts";
import { outcomeOf } from "./outcome.ts";
import type { ServedModels } from "./replay.ts";
import { transcripts } from "./transcript.ts";

export interface PythonReplay {
  /** Exchanges that no listed difference explains. */
  readonly failures: readonly string[];
  /** Listed differences that do not occur. */
  readonly unused: readonly string[];
  /** For docs/compared-with-python.md. */
  readonly text: string;
}

export async function replayInPython(served: ServedModels): Promise<PythonReplay> {
  const outcome = await outcomeOf(transcripts(), { served, instead: pythonDifferences });
  const names = pythonDifferences.map(({ what }) => what);
  return {
    failures: outcome.failures,
    unused: names.filter((what) => outcome.different.get(what) === 0),
    text: pythonComparisonText(outcome, pythonDifferences),
  };
}
