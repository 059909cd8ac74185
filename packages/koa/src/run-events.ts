// A run's log: a page of it as JSON, or all of it and what is to come as an event stream.
import { DeepaasError, invalidArgs, isTerminal, type Run, type RunEvent } from "@deepaas/core";
import type { Context } from "koa";
import { wantsEventStream } from "./accept-header.ts";
import type { Door } from "./door.ts";
import { writeWatch } from "./event-stream.ts";
import { numberFrom, queryNumber } from "./query.ts";
import { callOf } from "./request-call.ts";
import { notesOf } from "./write-error.ts";
import { writeJson } from "./write-json.ts";

/**
 * `?after=` is the `seq` known already; a reconnecting event source says it as `Last-Event-ID`. A stream that has nothing
 * left answers 204, which tells the client to stop. `?limit=` is for pages: default 100, at most 1,000.
 */
export async function writeRunEvents(ctx: Context, { service, settings }: Door, id: string): Promise<void> {
  const run = await service.run(id, callOf(ctx));
  const after = cursorOf(ctx);
  refuseOutside(ctx, run, after);
  const options = { ...callOf(ctx), ...(after !== undefined && { after }) };
  ctx.vary("Accept");
  if (!wantsEventStream(ctx)) return writePage(ctx, run, service.watch(id, options));
  if (isTerminal(run.state) && after === run.lastSeq) {
    ctx.status = 204;
    return undefined;
  }
  return writeWatch(ctx, service.watch(id, options), settings);
}

function cursorOf(ctx: Context): number | undefined {
  // The browser repeats the address of its first connection, so the header is newer.
  const last = ctx.get("Last-Event-ID");
  return last === "" ? queryNumber(ctx, "after") : numberFrom(last, "after");
}

/** Told before a stream begins, so that it has a status. */
function refuseOutside(ctx: Context, { id, firstSeq, lastSeq }: Run, after: number | undefined): void {
  if (after === undefined || (after >= firstSeq - 1 && after <= lastSeq)) return;
  notesOf(ctx).cursor = after;
  const message =
    after > lastSeq
      ? `The log of run ${id} ends at ${lastSeq}, before ${after}.`
      : `The log of run ${id} starts at ${firstSeq}; ${after + 1} was trimmed.`;
  throw new DeepaasError("out_of_range", message, { first: firstSeq, last: lastSeq });
}

/** What is there by now: a page never waits for a run. */
async function writePage(ctx: Context, run: Run, events: AsyncIterable<RunEvent>): Promise<void> {
  const limit = queryNumber(ctx, "limit") ?? 100;
  if (limit < 1 || limit > 1_000) throw invalidArgs("/limit", "range", "Must be a whole number from 1 to 1,000.");
  const after = cursorOf(ctx) ?? run.firstSeq - 1;
  const items: RunEvent[] = [];
  if (after < run.lastSeq) {
    for await (const event of events) {
      items.push(event);
      if (event.seq >= run.lastSeq || items.length >= limit) break;
    }
  }
  const last = items.at(-1)?.seq ?? after;
  const ended = isTerminal(run.state) && last >= run.lastSeq;
  writeJson(ctx, { items, next: ended ? null : String(last) });
}
