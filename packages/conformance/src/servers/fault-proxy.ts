// A server before another HTTP server, such as S3, that answers, delays, cuts or changes what a test chooses.
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Passing {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

export interface Fault {
  /** Answered instead of the server. */
  readonly answer?: { readonly status: number; readonly body?: string };
  /** The connection is reset after this many bytes of the request's body. The server never sees its end. */
  readonly cutRequestAt?: number;
  /** The connection ends after this many bytes of the answer's body. */
  readonly cutAnswerAt?: number;
  /** Nothing follows this many bytes of the answer's body. */
  readonly stallAnswerAt?: number;
  /** The server gets the request, and the client is reset instead of an answer. */
  readonly loseAnswer?: boolean;
  /** Nothing is answered. */
  readonly silent?: boolean;
  /** Waits before the request is passed on. */
  readonly until?: Promise<void>;
  /** Another path and query. */
  readonly url?: string;
  /** Changes each piece of the answer's body; its length must stay. */
  readonly change?: (chunk: Buffer) => Buffer;
}

export interface FaultProxy extends AsyncDisposable {
  /** Its own URL, without a slash at its end. */
  readonly endpoint: string;
  /** All requests until now, in order. */
  readonly seen: Passing[];
  /** Requests whose connection is open and whose answer is not complete. */
  readonly open: () => number;
  /** Called for each request. */
  fault: (passing: Passing) => Fault | undefined;
}

/** Starts a proxy to the server at the URL `target`, which must be `http:`. It has no fault until `fault` is set. */
export async function faultProxy(target: string): Promise<FaultProxy> {
  const seen: Passing[] = [];
  let open = 0;
  const server = createServer((incoming, response) => void pass(incoming, response));
  const pass = async (incoming: IncomingMessage, response: ServerResponse) => {
    const passing = { method: incoming.method as string, url: incoming.url as string, headers: incoming.headers };
    seen.push(passing);
    open += 1;
    response.once("close", () => {
      open -= 1;
    });
    const fault = proxy.fault(passing) ?? {};
    // A client that leaves is no matter of the proxy.
    incoming.on("error", () => {});
    if (fault.silent) return;
    if (fault.answer) {
      incoming.resume();
      await once(incoming, "end");
      response.writeHead(fault.answer.status, { "content-type": "application/xml" }).end(fault.answer.body);
      return;
    }
    await fault.until;
    const { hostname, port } = new URL(target);
    const options = {
      hostname,
      port,
      path: fault.url ?? passing.url,
      method: passing.method,
      headers: passing.headers,
    };
    const outgoing = request({ ...options, agent: false });
    const cut = () => {
      incoming.socket.resetAndDestroy();
      outgoing.destroy();
    };
    outgoing.on("error", cut);
    outgoing.on("response", (answer) => {
      answer.on("error", cut);
      if (fault.loseAnswer) {
        answer.resume();
        answer.once("end", cut);
        return;
      }
      response.writeHead(answer.statusCode as number, answer.headers);
      let sent = 0;
      answer.on("data", (chunk: Buffer) => {
        const most = (fault.cutAnswerAt ?? fault.stallAnswerAt ?? Number.POSITIVE_INFINITY) - sent;
        sent += chunk.length;
        if (chunk.length <= most) {
          response.write(fault.change?.(chunk) ?? chunk);
          return;
        }
        answer.off("error", cut).on("error", () => {});
        response.write(chunk.subarray(0, most), () => {
          // Not reset, which would take along what the client has not read yet.
          if (fault.cutAnswerAt !== undefined) incoming.socket.destroy();
        });
        answer.destroy();
      });
      answer.on("end", () => response.end());
      response.once("close", () => answer.destroy());
    });
    let received = 0;
    incoming.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (fault.cutRequestAt !== undefined && received > fault.cutRequestAt) cut();
      else outgoing.write(chunk);
    });
    incoming.on("end", () => outgoing.end());
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: FaultProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open: () => open,
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}
