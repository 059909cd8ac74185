// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { DeepaasError, errorDataFrom, type JsonValue, type RunEvent } from "@deepaas/core";
import { eventText } from "@deepaas/protocol";
import type { RestSettings } from "../options.ts";
import type { HttpRequest } from "../request/http-request.ts";
import type { HttpResponse } from "./http-response.ts";

const retryMs = 1_000;
/** A response waits this long for its first event, so that an early error still gets a status of its own. */
const firstEventMs = 1_000;
const maxTextLength = 65_536;

type EventStreamSettings = Pick<RestSettings, "heartbeatMs" | "logger">;

/** `id:` is the `seq` of the event, `data:` the event. Ends after a terminal event; any other end is an `event: error`. */
export function watchResponse(
  request: HttpRequest,
  events: AsyncIterable<RunEvent>,
  settings: EventStreamSettings,
): Promise<HttpResponse> {
  const toText = (event: RunEvent) => `id: ${event.seq}\ndata: ${eventText(event)}\n\n`;
  return eventStreamResponse(request, events, { settings, end: "", toText });
}

/** The version of the weights comes first, where it was asked for. */
export type StreamPart = { readonly version: number } | { readonly item: JsonValue };

/** One `data:` for each item, and `event: end` after the last, so that a client can tell the end from a lost connection. */
export function predictStreamResponse(
  request: HttpRequest,
  parts: AsyncIterable<StreamPart>,
  settings: EventStreamSettings,
): Promise<HttpResponse> {
  const toText = (part: StreamPart) =>
    "version" in part ? `event: version\ndata: ${part.version}\n\n` : `data: ${JSON.stringify(part.item)}\n\n`;
  return eventStreamResponse(request, parts, { settings, end: "event: end\ndata: null\n\n", toText });
}

interface StreamOptions<T> {
  readonly settings: EventStreamSettings;
  readonly end: string;
  toText(item: T): string;
}

interface StartedStream<T> {
  readonly iterator: AsyncIterator<T>;
  readonly first: Promise<IteratorResult<T>>;
}

/** Rejects if the first item fails, or if the client disconnects before it is there. */
async function eventStreamResponse<T>(
  request: HttpRequest,
  items: AsyncIterable<T>,
  options: StreamOptions<T>,
): Promise<HttpResponse> {
  const { clientGoneSignal: signal, requestId, method } = request;
  const iterator = items[Symbol.asyncIterator]();
  const first = iterator.next();
  // Not awaited if the client disconnects: it must not become an unhandled rejection.
  first.catch(() => {});
  await Promise.race([first, delay(firstEventMs)]);
  if (signal.aborted || method === "HEAD") endIterator(iterator);
  signal.throwIfAborted();
  const headers = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "X-Request-Id": requestId,
  };
  if (method === "HEAD") return { headers };
  return { headers, body: (res) => void writeEvents(request, { iterator, first }, { ...options, res }) };
}

async function writeEvents<T>(
  request: HttpRequest,
  { iterator, first }: StartedStream<T>,
  { res, settings, toText, end }: StreamOptions<T> & { readonly res: ServerResponse },
): Promise<void> {
  const { clientGoneSignal: signal, requestId } = request;
  const { heartbeatMs, logger } = settings;
  const lines = new Lines(res, heartbeatMs);
  const onGone = () => {
    lines.close();
    endIterator(iterator);
    logger.debug({ requestId }, "client of an event stream disconnected");
  };
  signal.addEventListener("abort", onGone, { once: true });
  try {
    for (let result = await first; !result.done; result = await iterator.next()) {
      lines.add(toText(result.value));
      if (res.writableNeedDrain) await once(res, "drain", { signal });
    }
    lines.add(end);
  } catch (error) {
    if (signal.aborted) return;
    const data = errorDataFrom(error);
    request.errorCode = data.code;
    // The service has logged what was behind a DeepaasError.
    if (DeepaasError.is(error)) logger.debug({ err: error, requestId }, "event stream ended");
    else logger.error({ err: error, requestId }, "event stream failed");
    lines.add(`event: error\ndata: ${JSON.stringify(data)}\n\n`);
  }
  signal.removeEventListener("abort", onGone);
  lines.close();
  res.end();
}

/** Not awaited: a source that hangs must not hold the connection. */
function endIterator(iterator: AsyncIterator<unknown>): void {
  iterator.return?.().catch(() => {});
}

/** Writes all events of one turn of the event loop together: a replay would otherwise send a packet for each event. */
class Lines {
  readonly #res: ServerResponse;
  readonly #heart: NodeJS.Timeout | undefined;
  // In the block of the first event: some clients read a block of its own as an empty event.
  #text = `retry: ${retryMs}\n`;
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

  /** Sends the rest. Do not add anything afterwards. */
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
    if (!this.#res.writableNeedDrain) this.add(": still here\n");
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
