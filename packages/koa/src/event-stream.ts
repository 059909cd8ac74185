// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { errorDataFrom, type JsonValue, type RunEvent } from "@deepaas/core";
import type { Context } from "koa";
import { callOf, requestIdOf } from "./request-call.ts";
import type { RestSettings } from "./rest-options.ts";

const retryMs = 1_000;
/** How long an answer waits for its first event, so that an error can still have a status of its own. */
const firstEventMs = 1_000;
/** Events are frozen and shared by all watchers: each is put into text once. */
const encoded = new WeakMap<RunEvent, string>();

/** `id:` is the event's `seq`, `data:` the event. Ends after a terminal event; anything else that ends it is `event: error`. */
export function writeWatch(ctx: Context, events: AsyncIterable<RunEvent>, settings: RestSettings): Promise<void> {
  return writeEvents(ctx, events, {
    settings,
    end: "",
    toText(event) {
      let text = encoded.get(event);
      if (text === undefined) {
        text = `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
        encoded.set(event, text);
      }
      return text;
    },
  });
}

/** One `data:` for each part; `event: end` after the last, so that an end differs from a drop. */
export function writePredictStream(
  ctx: Context,
  parts: AsyncIterable<JsonValue>,
  settings: RestSettings,
): Promise<void> {
  return writeEvents(ctx, parts, {
    settings,
    end: "event: end\ndata: null\n\n",
    toText: (part) => `data: ${JSON.stringify(part)}\n\n`,
  });
}

interface StreamOptions<T> {
  readonly settings: RestSettings;
  readonly end: string;
  toText(item: T): string;
}

async function writeEvents<T>(ctx: Context, items: AsyncIterable<T>, options: StreamOptions<T>): Promise<void> {
  const { heartbeatMs, logger } = options.settings;
  const { signal, requestId } = callOf(ctx);
  const iterator = items[Symbol.asyncIterator]();
  const next = () => {
    const pending = iterator.next();
    // It is awaited in turns with a timer, and not at all once the client has left.
    pending.catch(() => {});
    return pending;
  };
  let pending = next();
  await Promise.race([pending, delay(firstEventMs)]);
  if (signal.aborted || ctx.method === "HEAD") iterator.return?.().catch(() => {});
  signal.throwIfAborted();

  async function* lines(): AsyncGenerator<string, void, undefined> {
    yield `retry: ${retryMs}\n\n`;
    try {
      for (;;) {
        const result = await orHeartbeat(pending, heartbeatMs);
        if (result === "heartbeat") {
          yield ": still here\n\n";
          continue;
        }
        if (result.done) break;
        yield options.toText(result.value);
        pending = next();
      }
      if (options.end !== "") yield options.end;
    } catch (error) {
      if (signal.aborted) return;
      const data = errorDataFrom(error);
      logger.warn({ err: error, requestId }, "an event stream ended early");
      yield `event: error\ndata: ${JSON.stringify(data)}\n\n`;
    } finally {
      // Not awaited: a source that is stuck must not hold the connection.
      iterator.return?.().catch(() => {});
    }
  }

  ctx.status = 200;
  ctx.set({
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "X-Request-Id": requestIdOf(ctx),
  });
  if (ctx.method === "HEAD") return;
  // Past Koa, which would report every watcher that leaves as an error of the app.
  ctx.respond = false;
  ctx.res.flushHeaders();
  const chunks = Readable.from(lines(), { objectMode: false, highWaterMark: 65_536, signal });
  pipeline(chunks, ctx.res).catch((error: unknown) => logger.debug({ err: error, requestId }, "a watcher left"));
}

async function orHeartbeat<T>(pending: Promise<T>, ms: number): Promise<T | "heartbeat"> {
  if (ms === 0) return pending;
  let timer: NodeJS.Timeout | undefined;
  const beat = new Promise<"heartbeat">((resolve) => {
    timer = setTimeout(resolve, ms, "heartbeat");
  });
  try {
    return await Promise.race([pending, beat]);
  } finally {
    clearTimeout(timer);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
