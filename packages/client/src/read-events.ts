// Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the fields `event:` and `data:`,
// which servers of this project send.
import { type CallOptions, DeepaasError, type ErrorData } from "@deepaas/core";
import { dropped, signalOf } from "./rest-call.ts";

export interface ServerEvent {
  /** "message" if the server sends no name. */
  readonly type: string;
  readonly data: string;
}

/**
 * Ends with the response. `event: error` rejects with its error. A lost connection rejects `unavailable`, and so does a server
 * that sends nothing, not even a comment, for `silenceMs`. 0: no limit.
 */
export async function* readEvents(
  response: Response,
  options: CallOptions = {},
  silenceMs = 0,
): AsyncGenerator<ServerEvent, void, undefined> {
  const signal = signalOf(options);
  if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) {
    throw new DeepaasError("unavailable", "The server did not answer with an event stream.");
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let ended = false;
  try {
    for (;;) {
      // A cancelled reader reports "done": the caller then notices that the end is missing.
      const leave = () => void reader.cancel().catch(() => {});
      const timer = silenceMs > 0 ? setTimeout(leave, silenceMs) : undefined;
      const { done, value } = await reader
        .read()
        .catch((error: unknown) => Promise.reject(dropped(error, signal)))
        .finally(() => clearTimeout(timer));
      ended = done;
      if (done) return;
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const event = eventFrom(text.slice(0, end));
        text = text.slice(end + 2);
        if (event?.type === "error") throw DeepaasError.from(JSON.parse(event.data) as ErrorData);
        if (event) yield event;
      }
    }
  } finally {
    // Closes the connection, so that the server notices that the client is gone.
    if (!ended) void reader.cancel().catch(() => {});
  }
}

function eventFrom(block: string): ServerEvent | undefined {
  let type = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) type = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
  }
  return data.length > 0 ? { type, data: data.join("\n") } : undefined;
}
