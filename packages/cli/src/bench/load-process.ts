// The process that makes the load: callers that each send their next call when the one before is answered.
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { type HttpAnswer, HttpAnswers } from "./http-answers.ts";
import { Latencies } from "./latencies.ts";
import type { FromLoad, Load, ToLoad } from "./load-messages.ts";

/** After the end of the measurement calls in flight are awaited for so long. */
const drainMs = 1_000;
/** A caller whose connection fails tries again after this time. */
const retryMs = 50;

class Generator {
  readonly #load: Load;
  readonly #request: Buffer;
  readonly #sockets = new Set<Socket>();
  readonly #done = Promise.withResolvers<void>();
  #latencies = new Latencies();
  #errors = new Map<string, number>();
  #isOver = false;
  #inFlight = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#request = requestBytes(load);
  }

  async run(onMeasure: () => void): Promise<Extract<FromLoad, { type: "loaded" }>["loaded"]> {
    const { callers, warmUpMs, ms } = this.#load;
    for (let i = 0; i < callers; i++) this.#connect();
    await Promise.race([wait(warmUpMs), this.#done.promise]);
    onMeasure();
    this.#latencies = new Latencies();
    this.#errors = new Map();
    const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
    await Promise.race([wait(ms), this.#done.promise]);
    this.#isOver = true;
    const measuredMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpuBefore);
    const { counts } = this.#latencies;
    const errors = Object.fromEntries(this.#errors);
    const until = performance.now() + drainMs;
    while (this.#inFlight > 0 && performance.now() < until) await wait(5);
    for (const socket of this.#sockets) socket.destroy();
    return { ms: measuredMs, counts: [...counts], errors, cpuMs: (user + system) / 1_000 };
  }

  stop(): void {
    this.#done.resolve();
  }

  #connect(): void {
    if (this.#isOver) return;
    const { protocol, hostname, port } = new URL(this.#load.url);
    const host = hostname.replace(/^\[|\]$/g, "");
    const isTls = protocol === "https:";
    const at = { host, port: port === "" ? (isTls ? 443 : 80) : Number(port) };
    const socket = isTls ? connectTls({ ...at, servername: host }) : connectPlain(at);
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    this.#drive(socket, isTls ? "secureConnect" : "connect");
  }

  #drive(socket: Socket, ready: string): void {
    let sentAt: number | undefined;
    const send = () => {
      if (this.#isOver) return;
      sentAt = performance.now();
      this.#inFlight++;
      socket.write(this.#request);
    };
    const answered = (answer: HttpAnswer) => {
      if (sentAt === undefined) return;
      this.#inFlight--;
      this.#count(answer, performance.now() - sentAt);
      sentAt = undefined;
      if (answer.closes) socket.end();
      else send();
    };
    const answers = new HttpAnswers(answered);
    let error: string | undefined;
    socket.once(ready, send);
    socket.on("data", (data) => {
      try {
        answers.push(data);
      } catch (thrown) {
        error = (thrown as Error).message;
        socket.destroy();
      }
    });
    socket.on("error", (thrown: NodeJS.ErrnoException) => {
      error ??= thrown.code ?? thrown.message;
    });
    socket.once("close", () => {
      this.#sockets.delete(socket);
      answers.end();
      if (sentAt !== undefined) {
        this.#inFlight--;
        error ??= "connection closed";
      }
      if (error !== undefined) this.#countError(error);
      setTimeout(() => this.#connect(), error === undefined ? 0 : retryMs);
    });
  }

  #count({ status, errorText }: HttpAnswer, ms: number): void {
    if (this.#isOver) return;
    if (status < 400 && errorText === "") this.#latencies.add(ms);
    else this.#countError(codeOf(status, errorText));
  }

  #countError(code: string): void {
    if (!this.#isOver) this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}

/** Returns the code of problem details, else the status. */
function codeOf(status: number, text: string): string {
  try {
    const { code } = JSON.parse(text) as { readonly code?: unknown };
    if (typeof code === "string") return code;
  } catch {
    // Another server, or one in front of it.
  }
  return `HTTP ${status}`;
}

function requestBytes({ url, headers, body }: Load): Buffer {
  const { host, pathname, search } = new URL(url);
  const fields = { host, ...headers, "content-length": String(body.byteLength) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  const head = [`POST ${pathname}${search} HTTP/1.1`, ...lines, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head, "latin1"), body]);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

// CTRL-C reaches every process of a terminal: the command decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
let generator: Generator | undefined;
const tell = (message: FromLoad) => process.send?.(message);
process.on("message", (message: ToLoad) => {
  if (message.type === "stop") {
    generator?.stop();
    return;
  }
  generator = new Generator(message.load);
  void generator.run(() => tell({ type: "measuring" })).then((loaded) => tell({ type: "loaded", loaded }));
});
