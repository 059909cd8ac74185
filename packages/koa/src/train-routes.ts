import { DeepaasError, isTerminal, type Page, type Run } from "@deepaas/core";
import { routes, toV2Training } from "@deepaas/protocol";
import type { Context } from "koa";
import { wantsOwnShapes } from "./accept-header.ts";
import type { Door, Entry, Handler, Steps } from "./door.ts";
import { HttpFault } from "./http-fault.ts";
import { queryNumber, queryText } from "./query.ts";
import { readCall } from "./read-call.ts";
import { callOf, tracedCallOf } from "./request-call.ts";
import { writeJson, writeOwnJson } from "./write-json.ts";

/** A model's trainings, as DEEPaaS V2 shows them. */
export function trainRoutes(door: Door): readonly Entry[] {
  const { service, settings } = door;
  const start: Handler = async (ctx, { model, id }) => {
    const { trainArgs } = await service.describe(model, callOf(ctx));
    const read = await readCall(ctx, { door, model, schema: trainArgs });
    try {
      // Without the client's signal: a run outlives every connection.
      const options = { ...tracedCallOf(ctx), ...(id !== "" && { runId: id }) };
      writeTraining(ctx, await service.train(model, read.args, options));
    } finally {
      await read.release();
    }
  };
  const find = async (ctx: Context, { model, id }: Steps): Promise<Run> => {
    await service.describe(model, callOf(ctx));
    const run = await service.run(id, callOf(ctx));
    if (run.model !== model) throw new HttpFault(404, "Not Found");
    return run;
  };
  const entries: readonly Entry[] = [
    [routes.train, start],
    [routes.trainNamed, start],
    [
      routes.trainings,
      async (ctx, { model }) => {
        await service.describe(model, callOf(ctx));
        const page = await trainings(ctx, door, model);
        ctx.vary("Accept");
        if (wantsOwnShapes(ctx)) return writeOwnJson(ctx, page);
        if (page.next !== null) ctx.set("Link", `<${ctx.path}?${nextQuery(ctx, page.next)}>; rel="next"`);
        return writeJson(ctx, page.items.map(toV2Training));
      },
    ],
    [routes.training, async (ctx, steps) => writeTraining(ctx, await find(ctx, steps))],
    [
      routes.endTraining,
      async (ctx, steps) => {
        const run = await find(ctx, steps);
        if (isTerminal(run.state)) await service.remove(run.id, callOf(ctx));
        writeTraining(ctx, isTerminal(run.state) ? run : await cancelled(ctx, door, run));
      },
    ],
  ];
  if (settings.trainEndpoint) return entries;
  const refuse: Handler = () => {
    throw new HttpFault(402, "Payment Required");
  };
  return entries.map(([route]) => [route, refuse]);
}

/** Asks the run to stop and gives its record at the end, or as it is once the wait is over. */
async function cancelled(ctx: Context, { service, settings }: Door, run: Run): Promise<Run> {
  const call = tracedCallOf(ctx);
  const asked = await service.cancel(run.id, call);
  if (isTerminal(asked.state)) return asked;
  const signal = AbortSignal.any([AbortSignal.timeout(settings.cancelWaitMs), callOf(ctx).signal]);
  try {
    for await (const event of service.watch(run.id, { ...call, signal, after: asked.lastSeq })) {
      if (isTerminal(event.type)) break;
    }
  } catch (error) {
    // It takes longer than we wait, or its log was trimmed meanwhile: what is recorded now is the answer all the same.
    if (!DeepaasError.is(error)) throw error;
  }
  return service.run(run.id, call);
}

/** One page when the query asks for one, else all of them. */
async function trainings(ctx: Context, { service }: Door, model: string): Promise<Page<Run>> {
  const limit = queryNumber(ctx, "limit");
  const after = queryText(ctx, "after");
  if (limit !== undefined || after !== undefined) {
    return service.runs(
      { model, ...(limit !== undefined && { limit }), ...(after !== undefined && { after }) },
      callOf(ctx),
    );
  }
  const items: Run[] = [];
  let next: string | null = null;
  do {
    const page: Page<Run> = await service.runs(
      { model, limit: 1_000, ...(next !== null && { after: next }) },
      callOf(ctx),
    );
    items.push(...page.items);
    next = page.next;
  } while (next !== null);
  return { items, next };
}

function nextQuery(ctx: Context, after: string): string {
  const query = new URLSearchParams(ctx.querystring);
  query.set("after", after);
  return query.toString();
}

function writeTraining(ctx: Context, run: Run): void {
  ctx.vary("Accept");
  if (wantsOwnShapes(ctx)) writeOwnJson(ctx, run);
  else writeJson(ctx, toV2Training(run));
}
