// Reads a list of runs to its end.
import type { Page, Run, RunFilter } from "../contract/run.ts";

/** Yields the pages of `filter`, oldest runs first unless it says otherwise, `filter.limit` runs at a time. */
export async function* runPages(
  list: (filter: RunFilter) => Promise<Page<Run>>,
  filter: RunFilter,
): AsyncGenerator<readonly Run[], void> {
  for (let after: string | undefined; ; ) {
    const { items, next } = await list({ ...filter, ...(after !== undefined && { after }) });
    yield items;
    if (next === null) return;
    after = next;
  }
}
