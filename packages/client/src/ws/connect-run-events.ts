// Watches runs over a WebSocket each: less than `connectWs`, for pages that load little.
import {
  abortReason,
  DeepaasError,
  type ErrorCode,
  isTerminal,
  type ModelService,
  type RunEvent,
  rejectUnknownOptions,
} from "@deepaas/core";
import { runEventsPath } from "@deepaas/protocol";
import { rpcSubprotocol, toBearerProtocol } from "@deepaas/protocol/rpc";
import { checkedUrl } from "../checked-url.ts";
import { signalOf } from "../rest-call.ts";
import { ItemQueue } from "./pending-call.ts";
import { type ConnectWsOptions, tokenFrom } from "./ws-link.ts";

/**
 * `url` is the server's address with its base path, with `http:` or `ws:`. Each watch opens a socket. It rejects as the remote
 * service does, except that a browser does not see why a handshake was refused: that is `unavailable`, as is a lost connection.
 * Throws a TypeError for an unknown option.
 */
export function connectRunEvents(url: string | URL, options: ConnectWsOptions = {}): Pick<ModelService, "watch"> {
  rejectUnknownOptions("connectRunEvents", options, {
    token: true,
    WebSocket: true,
    connectTimeoutMs: true,
    heartbeatMs: true,
  });
  const base = checkedUrl("connectRunEvents", url).replace(/^http/i, "ws");
  const { token, WebSocket: Socket = globalThis.WebSocket, connectTimeoutMs = 10_000, heartbeatMs = 15_000 } = options;
  return {
    async *watch(id, call = {}) {
      const signal = signalOf(call);
      if (signal?.aborted) throw abortReason(signal);
      const known = typeof token === "function" ? await tokenFrom(token) : token;
      const query = call.after === undefined ? "" : `?after=${call.after}`;
      const queue = new ItemQueue<RunEvent>(signal);
      const socket = new Socket(`${base}${runEventsPath(id)}${query}`, [
        rpcSubprotocol,
        ...(known === undefined ? [] : [toBearerProtocol(known)]),
      ]);
      const timer = setTimeout(() => queue.end(dropped()), connectTimeoutMs);
      // The server ignores it. Without it nobody would notice that the other side is gone.
      const beat =
        heartbeatMs > 0 ? setInterval(() => socket.readyState === 1 && socket.send(""), heartbeatMs) : undefined;
      socket.addEventListener("open", () => clearTimeout(timer));
      socket.addEventListener("message", ({ data }) => {
        const event = JSON.parse(String(data)) as RunEvent;
        queue.push(event);
        if (isTerminal(event.type)) queue.end();
      });
      socket.addEventListener("close", ({ code, reason }) => {
        queue.end(code === 1000 ? undefined : errorFrom(reason));
      });
      try {
        yield* queue.read(() => {});
      } finally {
        clearTimeout(timer);
        clearInterval(beat);
        socket.close();
      }
    },
  };
}

/** A server closes with `code: message`. Without that the connection was lost. */
function errorFrom(reason: string): DeepaasError {
  const [, code, message = ""] = /^([a-z_]+): (.*)$/s.exec(reason) ?? [];
  return code === undefined ? dropped() : new DeepaasError(code as ErrorCode, message);
}

function dropped(): DeepaasError {
  return new DeepaasError("unavailable", "The connection dropped before the run ended; watch on from your cursor.");
}
