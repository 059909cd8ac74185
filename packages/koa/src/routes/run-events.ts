// The log of a run: a page as JSON, or an event stream that goes on with new events.
import { checkCursor, invalidArgs, isTerminal, type Run, type RunEvent } from "@deepaas/core";
import { acceptsEventStream } from "../request/accept.ts";
import { callOptions, type HttpRequest } from "../request/http-request.ts";
import { numberFrom, queryNumber } from "../request/query.ts";
import { watchResponse } from "../response/event-stream.ts";
import { type HttpResponse, jsonResponse } from "../response/http-response.ts";
import type { RouteContext } from "./route.ts";

/**
 * `?after=` is the last `seq` that the client has; a reconnecting `EventSource` sends it as `Last-Event-ID`. A stream without
 * further events is a 204, which stops the client. `?limit=` is the size of a page: default 100, at most 1,000.
 */
export async function runEventsResponse(
  request: HttpRequest,
  { service, settings }: RouteContext,
  id: string,
): Promise<HttpResponse> {
  const run = await service.run(id, callOptions(request));
  request.askedModel = run.model;
  const after = cursorOf(request);
  // Checked before the stream starts, so that the error has a status: 410 or 416, by the cursor.
  if (after !== undefined) {
    request.errorContext.cursor = after;
    checkCursor(run, after);
  }
  const options = { ...callOptions(request), ...(after !== undefined && { after }) };
  const vary = ["Accept"];
  if (!acceptsEventStream(request.req.headers.accept)) {
    return { ...(await pageResponse(request, run, service.watch(id, options))), vary };
  }
  if (isTerminal(run.state) && after === run.lastSeq) return { status: 204, vary };
  return { ...(await watchResponse(request, service.watch(id, options), settings)), vary };
}

function cursorOf(request: HttpRequest): number | undefined {
  // The header is newer: a browser repeats the URL of its first connection.
  const last = request.header("last-event-id");
  return last === "" ? queryNumber(request, "after") : numberFrom(last, "after");
}

/** Returns the events that exist now: a page does not wait for a run. */
async function pageResponse(request: HttpRequest, run: Run, events: AsyncIterable<RunEvent>): Promise<HttpResponse> {
  const limit = queryNumber(request, "limit") ?? 100;
  if (limit < 1 || limit > 1_000) throw invalidArgs("/limit", "range", "Must be a whole number from 1 to 1,000.");
  const after = cursorOf(request) ?? run.firstSeq - 1;
  const items: RunEvent[] = [];
  if (after < run.lastSeq) {
    for await (const event of events) {
      items.push(event);
      if (event.seq >= run.lastSeq || items.length >= limit) break;
    }
  }
  const last = items.at(-1)?.seq ?? after;
  const ended = isTerminal(run.state) && last >= run.lastSeq;
  return jsonResponse({ items, next: ended ? null : String(last) });
}
