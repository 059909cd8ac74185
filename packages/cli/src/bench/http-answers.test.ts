// Answers are read in the same way however they are cut into pieces.
import { expect, test } from "vitest";
import { type HttpAnswer, HttpAnswers } from "./http-answers.ts";

function read(text: string, cut: number): { answers: readonly HttpAnswer[]; isWhole: boolean } {
  const answers: HttpAnswer[] = [];
  const reader = new HttpAnswers((answer) => answers.push(answer));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += cut) reader.push(bytes.subarray(at, at + cut));
  return { answers, isWhole: reader.end() };
}

const cases: readonly (readonly [string, string, readonly Partial<HttpAnswer>[]])[] = [
  [
    "two with a length",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n",
    [{ status: 200, errorText: "", closes: false }, { status: 200 }],
  ],
  [
    "one in chunks with a trailer, and one after it",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nd;x=1\r\n\r\n\r\n\r\n67890ab\r\n0\r\nx: y\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    [{ status: 200 }, { status: 204 }],
  ],
  [
    "an error with its body",
    'HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 21\r\n\r\n{"code":"overloaded"}',
    [{ status: 503, errorText: '{"code":"overloaded"}', closes: true }],
  ],
  [
    "one after an interim answer",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    [{ status: 200 }],
  ],
  ["one that ends with the connection", "HTTP/1.1 200 OK\r\n\r\nuntil the end", [{ status: 200, closes: true }]],
  [
    "an event stream that fails",
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n2e\r\nevent: error\ndata: {"code":"worker_lost","a":1}\r\n0\r\n\r\n',
    [{ status: 200, errorText: '{"code":"worker_lost","a":1}' }],
  ],
];

test.each(cases)("%s", (_, text, expected) => {
  for (let cut = 1; cut <= text.length; cut++) {
    const { answers, isWhole } = read(text, cut);
    expect([cut, isWhole, answers.length]).toEqual([cut, true, expected.length]);
    expect(answers).toMatchObject(expected);
  }
});

test("an answer that is cut off is not whole", () => {
  expect(read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", 100)).toEqual({ answers: [], isWhole: false });
});

test.each(["SSH-2.0-x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])(
  "%j is refused",
  (text) => {
    expect(() => read(text, 1_000)).toThrow(/HTTP|chunk/);
  },
);
