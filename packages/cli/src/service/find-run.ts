// Finds a run by its id, by the start of it, or as the newest; lists runs.
import { DeepaasError, isTerminal, type ModelService, type Run, type RunFilter, runStates } from "@deepaas/core";
import { CliError } from "../cli-error.ts";

/** The largest page of a list. */
const largestPage = 1_000;

/** Returns the run with this id, or the only one of the newest whose id starts with it. */
export async function findRun(service: Pick<ModelService, "run" | "runs">, id: string): Promise<Run> {
  try {
    return await service.run(id);
  } catch (error) {
    if (!DeepaasError.is(error) || error.code !== "not_found") throw error;
    const { items } = await service.runs({ newestFirst: true, limit: largestPage });
    const [only, another] = items.filter((run) => run.id.startsWith(id));
    if (only === undefined) throw error;
    if (another !== undefined)
      throw new CliError("invalid_args", `several runs start with ${id}`, { hint: `${only.id}, ${another.id}` });
    return service.run(only.id);
  }
}

/** Returns the run that was created last. */
export async function newestRun(service: Pick<ModelService, "runs">): Promise<Run> {
  const { items } = await service.runs({ newestFirst: true, limit: 1 });
  if (items[0]) return items[0];
  throw new CliError("not_found", "there are no runs");
}

/** The states of a run that has not ended. */
export const unfinishedStates = runStates.filter((state) => !isTerminal(state));

/** Returns the runs page by page, `limit` at the most. Default: all. */
export async function* listRuns(
  service: Pick<ModelService, "runs">,
  filter: Omit<RunFilter, "after" | "limit">,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Run, void> {
  let left = limit;
  let after: string | null | undefined;
  while (left > 0 && after !== null) {
    const page = await service.runs({
      ...filter,
      limit: Math.min(largestPage, left),
      ...(after !== undefined && { after }),
    });
    yield* page.items;
    left -= page.items.length;
    after = page.next;
  }
}
