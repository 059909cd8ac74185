// Server-sent events of an answer (https://html.spec.whatwg.org/multipage/server-sent-events.html), as far as our servers
// use them: `event:` and `data:`.
import { type CallOptions, DeepaasError, type ErrorData } from "@deepaas/core";
import { dropped, signalOf } from "./rest-call.ts";

export interface ServerEvent {
  /** "message" unless the server names it. */
  readonly type: string;
  readonly data: string;
}

/**
 * Ends where the answer ends; `event: error` rejects with what it says, a drop `unavailable`, and so does a server that says
 * nothing, not even that it is there, for `silenceMs`; 0: never.
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
      // Cancelled, the reader says that it is done: the caller hears that the end was missing.
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
    // Whoever stops reading leaves: the server must notice.
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
