// The server that this page came from. Calls go over REST; runs are watched over WebSockets, because a browser opens only six
// connections of HTTP/1 to a server, and each event stream holds one. A server without WebSocket is watched over REST.
import { type ConnectedService, connectRest, connectRunEvents, keepWatching } from "@deepaas/client";
import { DeepaasError, type RunEvent } from "@deepaas/core";
import { signal } from "@preact/signals";
import { authorization, needsToken, token } from "./credentials.ts";

/** The address of the server with its base path: the page is at `ui/` below it. Without a slash at its end. */
export const serverUrl = new URL("..", document.baseURI).href.replace(/\/+$/, "");

/** "reconnecting": the last call could not reach the server, or a watch has lost it and tries again. */
export const connection = signal<"online" | "reconnecting">("online");

let isLeaving = false;
addEventListener("pagehide", () => {
  isLeaving = true;
});
addEventListener("pageshow", () => {
  isLeaving = false;
});

const reachable = async (...[url, options]: Parameters<typeof fetch>): Promise<Response> => {
  try {
    // What is still to be said when the page goes, such as a deletion, is sent nevertheless.
    const response = await fetch(url, { ...options, keepalive: isLeaving });
    connection.value = "online";
    if (response.status === 401) needsToken.value = true;
    return response;
  } catch (error) {
    if (!options?.signal?.aborted) connection.value = "reconnecting";
    throw error;
  }
};

export const service: ConnectedService = connectRest(serverUrl, { fetch: reachable, headers: authorization });
/** For calls with files: with a `fetch` of its own a client cannot tell how much is sent. */
export const uploads: ConnectedService = connectRest(serverUrl, { headers: authorization });
let watchesOver: "unknown" | "sockets" | "rest" = "unknown";

/** Returns the events after `after`, each once, also across a restart of the server. */
export function watchRun(
  id: string,
  options: { readonly after?: number; readonly signal: AbortSignal },
): AsyncGenerator<RunEvent, void, undefined> {
  return keepWatching({ watch: watchOnce }, id, { ...options, maxDelayMs: 2_000 });
}

async function* watchOnce(
  ...[id, options]: Parameters<ConnectedService["watch"]>
): AsyncGenerator<RunEvent, void, undefined> {
  const known = token.value;
  const sockets = connectRunEvents(serverUrl, known === undefined ? {} : { token: known });
  const source = watchesOver === "rest" ? service : sockets;
  try {
    for await (const event of source.watch(id, options)) {
      if (source === sockets) watchesOver = "sockets";
      connection.value = "online";
      yield event;
    }
  } catch (error) {
    if (DeepaasError.is(error) && error.code === "unauthenticated") needsToken.value = true;
    if (DeepaasError.is(error) && error.code === "unavailable") await afterLoss(id, options?.signal);
    throw error;
  }
}

/**
 * Asks over REST what a refused handshake does not tell. Rejects if the run can no longer be read. If sockets have never worked
 * but the server answers, runs are watched over REST from now on.
 */
async function afterLoss(id: string, abort: AbortSignal | undefined): Promise<void> {
  if (abort?.aborted) return;
  connection.value = "reconnecting";
  try {
    await service.run(id);
  } catch (error) {
    if (DeepaasError.is(error) && error.code !== "unavailable") throw error;
    return;
  }
  if (watchesOver === "unknown") watchesOver = "rest";
}

/** Returns one sentence for a person. */
export function sentenceOf(error: unknown): string {
  if (DeepaasError.is(error) && error.code === "unavailable") return `The server cannot answer now. ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
