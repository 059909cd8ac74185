// Reads the answers of one HTTP/1.1 connection: their status, their body if it is an error, and where each one ends. It does
// less than Node's client, so that the load generator is not what limits a quick server.

export interface HttpAnswer {
  readonly status: number;
  /** The start of the body of an error, or the data of the event `error` of a stream; empty for a success. */
  readonly errorText: string;
  /** The server closes the connection after it. */
  readonly closes: boolean;
}

const maxHeadBytes = 65_536;
const maxErrorBytes = 16_384;
const headEnd = Buffer.from("\r\n\r\n");
const lineEnd = Buffer.from("\r\n");

type State =
  | { readonly in: "head" }
  /** `left`: bytes of the body, or of the current chunk with its line break. */
  | { readonly in: "body"; left: number }
  | { readonly in: "chunk size" }
  | { readonly in: "chunk"; left: number }
  | { readonly in: "trailer" }
  /** Until the connection is closed. */
  | { readonly in: "rest" };

export class HttpAnswers {
  readonly #onAnswer: (answer: HttpAnswer) => void;
  #state: State = { in: "head" };
  /** What is not complete yet: a head, or the line of a chunk. */
  #held: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #status = 0;
  #closes = false;
  #isEventStream = false;
  #error: Buffer[] = [];
  #errorBytes = 0;

  constructor(onAnswer: (answer: HttpAnswer) => void) {
    this.#onAnswer = onAnswer;
  }

  /** Throws an Error for what is not HTTP/1.1. */
  push(data: Buffer): void {
    let rest = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
    this.#held = Buffer.alloc(0);
    while (rest.length > 0) {
      const used = this.#read(rest);
      if (used === 0) {
        if (rest.length > maxHeadBytes) throw new Error("the head of the answer is too long");
        this.#held = rest;
        return;
      }
      rest = rest.subarray(used);
    }
  }

  /** The server has closed the connection. Returns false in the middle of an answer. */
  end(): boolean {
    if (this.#state.in === "rest") this.#finish();
    return this.#state.in === "head" && this.#held.length === 0;
  }

  /** Returns how many bytes were used; 0: more are needed. */
  #read(data: Buffer): number {
    const state = this.#state;
    switch (state.in) {
      case "head":
        return this.#readHead(data);
      case "chunk size":
      case "trailer":
        return this.#readLine(data, state.in);
      case "rest":
        this.#keep(data);
        return data.length;
      default: {
        const used = Math.min(state.left, data.length);
        this.#keep(data.subarray(0, used));
        state.left -= used;
        if (state.left === 0) {
          if (state.in === "body") this.#finish();
          else this.#state = { in: "chunk size" };
        }
        return used;
      }
    }
  }

  #readHead(data: Buffer): number {
    const end = data.indexOf(headEnd);
    if (end < 0) return 0;
    const head = data.toString("latin1", 0, end);
    const [, status] = /^HTTP\/1\.[01] (\d{3})/.exec(head) ?? [];
    if (status === undefined) throw new Error("the answer is not HTTP/1.1");
    this.#status = Number(status);
    this.#isEventStream = /\r\ncontent-type: *text\/event-stream/i.test(head);
    this.#closes = /\r\nconnection: *close\b/i.test(head);
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    if (this.#status < 200) {
      // An interim answer, such as 100 Continue: the final one follows.
    } else if (/\r\ntransfer-encoding:[^\r]*\bchunked\b/i.test(head)) this.#state = { in: "chunk size" };
    else if (length !== undefined && length !== "0") this.#state = { in: "body", left: Number(length) };
    else if (length === undefined && this.#status !== 204 && this.#status !== 304) {
      this.#closes = true;
      this.#state = { in: "rest" };
    } else this.#finish();
    return end + headEnd.length;
  }

  #readLine(data: Buffer, of: "chunk size" | "trailer"): number {
    const end = data.indexOf(lineEnd);
    if (end < 0) return 0;
    if (of === "trailer") {
      if (end === 0) this.#finish();
    } else {
      const size = Number.parseInt(data.toString("latin1", 0, end), 16);
      if (Number.isNaN(size)) throw new Error("a chunk of the answer has no size");
      // With the line break after its data.
      this.#state = size === 0 ? { in: "trailer" } : { in: "chunk", left: size + lineEnd.length };
    }
    return end + lineEnd.length;
  }

  #keep(data: Buffer): void {
    if (this.#isEventStream) {
      // Its error comes last.
      const before = this.#error[0] ?? Buffer.alloc(0);
      this.#error = [Buffer.concat([before, data]).subarray(-maxErrorBytes)];
      return;
    }
    if (this.#status < 400 || this.#errorBytes >= maxErrorBytes) return;
    this.#error.push(Buffer.from(data));
    this.#errorBytes += data.length;
  }

  #finish(): void {
    const text = Buffer.concat(this.#error).toString("utf8");
    const [, event = ""] = /^event: error\ndata: (.*)$/m.exec(text) ?? [];
    const errorText = this.#isEventStream ? event : text;
    const answer = { status: this.#status, errorText, closes: this.#closes };
    this.#state = { in: "head" };
    this.#error = [];
    this.#errorBytes = 0;
    this.#onAnswer(answer);
  }
}
