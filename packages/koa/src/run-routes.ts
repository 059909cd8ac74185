import type { RunFilter, RunState } from "@deepaas/core";
import { routes } from "@deepaas/protocol";
import type { Context } from "koa";
import type { Door, Entry } from "./door.ts";
import { queryFlag, queryNumber, queryText, queryTexts } from "./query.ts";
import { callOf, tracedCallOf } from "./request-call.ts";
import { writeRunEvents } from "./run-events.ts";
import { writeFile } from "./write-file.ts";
import { writeJson } from "./write-json.ts";

/** Runs in our own shapes, whatever model they belong to. */
export function runRoutes(door: Door): readonly Entry[] {
  const { service } = door;
  return [
    [routes.runs, async (ctx) => writeJson(ctx, await service.runs(filterOf(ctx), callOf(ctx)))],
    [routes.run, async (ctx, { id }) => writeJson(ctx, await service.run(id, callOf(ctx)))],
    [
      routes.removeRun,
      async (ctx, { id }) => {
        await service.remove(id, tracedCallOf(ctx));
        ctx.status = 204;
      },
    ],
    [routes.cancelRun, async (ctx, { id }) => writeJson(ctx, await service.cancel(id, tracedCallOf(ctx)))],
    [routes.runEvents, (ctx, { id }) => writeRunEvents(ctx, door, id)],
    [
      routes.artifact,
      async (ctx, { id, name }) => {
        const file = await service.artifact(id, name, callOf(ctx));
        await writeFile(ctx, file, { ranges: true });
      },
    ],
  ];
}

function filterOf(ctx: Context): RunFilter {
  const model = queryText(ctx, "model");
  const owner = queryText(ctx, "owner");
  const state = queryTexts(ctx, "state").flatMap((text) => text.split(","));
  const createdSince = queryText(ctx, "createdSince");
  const createdBefore = queryText(ctx, "createdBefore");
  const after = queryText(ctx, "after");
  const limit = queryNumber(ctx, "limit");
  const newestFirst = queryFlag(ctx, "newestFirst");
  return {
    ...(model !== undefined && { model }),
    ...(owner !== undefined && { owner }),
    // The host refuses what is no state.
    ...(state.length > 0 && { state: state as RunState[] }),
    ...(createdSince !== undefined && { createdSince }),
    ...(createdBefore !== undefined && { createdBefore }),
    ...(after !== undefined && { after }),
    ...(limit !== undefined && { limit }),
    ...(newestFirst !== undefined && { newestFirst }),
  };
}
