// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { errorDataFrom, type JsonValue, type RunEvent } from "@deepaas/core";
import type { Context } from "koa";
import { callOf, requestIdOf } from "./request-call.ts";
import type { RestSettings } from "./rest-options.ts";

const retryMs = 1_000;
/** How long an answer waits for its first event, so that an error can still have a status of its own. */
const firstEventMs = 1_000;
const maxTextLength = 65_536;
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
  const first = iterator.next();
  // It is awaited in turns with a timer, and not at all once the client has left.
  first.catch(() => {});
  await Promise.race([first, delay(firstEventMs)]);
  // Not awaited, here and below: a source that is stuck must not hold the connection.
  if (signal.aborted || ctx.method === "HEAD") iterator.return?.().catch(() => {});
  signal.throwIfAborted();
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
  const lines = new Lines(ctx.res, heartbeatMs);
  const leave = () => {
    lines.close();
    iterator.return?.().catch(() => {});
    logger.debug({ requestId }, "a watcher left");
  };
  signal.addEventListener("abort", leave, { once: true });
  const write = async () => {
    try {
      for (let result = await first; !result.done; result = await iterator.next()) {
        lines.add(options.toText(result.value));
        if (ctx.res.writableNeedDrain) await once(ctx.res, "drain", { signal });
      }
      lines.add(options.end);
    } catch (error) {
      if (signal.aborted) return;
      const data = errorDataFrom(error);
      logger.warn({ err: error, requestId }, "an event stream ended early");
      lines.add(`event: error\ndata: ${JSON.stringify(data)}\n\n`);
    }
    signal.removeEventListener("abort", leave);
    lines.close();
    ctx.res.end();
  };
  void write();
}

/** What is ready within one turn of the event loop is sent as one: a replay would otherwise be a packet for each event. */
class Lines {
  readonly #res: ServerResponse;
  readonly #heart: NodeJS.Timeout | undefined;
  #text = `retry: ${retryMs}\n\n`;
  #flushing: NodeJS.Immediate | undefined;

  constructor(res: ServerResponse, heartbeatMs: number) {
    this.#res = res;
    this.#heart = heartbeatMs === 0 ? undefined : setInterval(() => this.#beat(), heartbeatMs);
    this.add("");
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length >= maxTextLength) this.#flush();
    else this.#flushing ??= setImmediate(() => this.#flush());
  }

  /** Sends what is there; nothing comes after it. */
  close(): void {
    this.#flush();
    clearInterval(this.#heart);
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#text !== "" && !this.#res.destroyed) this.#res.write(this.#text);
    this.#text = "";
    this.#heart?.refresh();
  }

  #beat(): void {
    if (!this.#res.writableNeedDrain) this.add(": still here\n\n");
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
