// How files end that do not arrive: dropped, stood still, or lost with their connection.
import type { ModelFile } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { bytes, channel, last, lost, openFile, part, ref, rejection, thrown, turn } from "../testing/channels.ts";
import { frameKinds, toBinaryFrame } from "./binary-frame.ts";
import { attachmentWindow } from "./rpc-limits.ts";
import { dropFiles, sweepChannel } from "./sweep-channel.ts";

describe("files that are dropped", () => {
  test("fail with the error, and their senders are told once", async () => {
    const { channel: one, notes } = channel();
    const { a, b } = one.incoming({ a: ref(1), b: ref(2) }) as { a: ModelFile; b: ModelFile };
    const content = rejection(a.bytes());
    dropFiles(one, [1, 9], lost);
    dropFiles(one, [1], lost);
    expect(await content).toMatchObject({ code: "unavailable" });
    expect(notes()).toEqual([{ method: "$/drop", attachment: 1 }]);
    one.received(last(2, "b"));
    expect(await b.text()).toBe("b");
  });
});

describe("a sweep", () => {
  test("fails a file of which nothing arrived since the last one, and tells its sender", async () => {
    const { channel: one, notes } = channel();
    const { a, b } = one.incoming({ a: ref(1), b: ref(2) }) as { a: ModelFile; b: ModelFile };
    const reader = b.stream().getReader();
    const content = rejection(a.bytes());
    sweepChannel(one);
    one.received(part(2, "x"));
    await reader.read();
    expect(notes()).toEqual([]);
    sweepChannel(one);
    expect(await content).toMatchObject({ code: "deadline_exceeded" });
    expect(notes()).toEqual([{ method: "$/drop", attachment: 1 }]);
    sweepChannel(one);
    expect(notes()).toEqual([
      { method: "$/drop", attachment: 1 },
      { method: "$/drop", attachment: 2 },
    ]);
  });

  test("fails a file of which the receiver read nothing since the last one", async () => {
    const { channel: one, notes } = channel();
    const [a, b] = [openFile(), openFile()];
    void one.sendFiles(one.outgoing({ a: a.file, b: b.file }));
    a.add(new Uint8Array(attachmentWindow + 1));
    b.add(new Uint8Array(10));
    await turn();
    sweepChannel(one);
    expect(notes()).toEqual([]);
    sweepChannel(one);
    await turn();
    expect(notes()).toMatchObject([{ method: "$/fail", attachment: 1, error: { code: "deadline_exceeded" } }]);
    expect([a.cancelled(), b.cancelled(), one.sending.size]).toEqual([true, false, 1]);
    one.close(lost);
  });

  test("must close the connection for a long message that does not grow", () => {
    const { channel: one } = channel();
    one.received(toBinaryFrame({ kind: frameKinds.messagePart, id: 1, content: bytes("a") }));
    sweepChannel(one);
    expect(thrown(() => sweepChannel(one))?.close.code).toBe(4408);
    expect(thrown(() => sweepChannel(channel().channel))).toBeUndefined();
  });
});

describe("a closed connection", () => {
  test("fails what is received, stops what is sent, and sends no notes", async () => {
    const { channel: one, notes, sent } = channel();
    const { a, b } = one.incoming({ a: ref(1), b: ref(2) }) as { a: ModelFile; b: ModelFile };
    const source = openFile();
    const done = one.sendFiles(one.outgoing({ c: source.file }));
    await turn();
    one.close(lost);
    await done;
    expect(await rejection(a.bytes())).toMatchObject({ code: "unavailable" });
    expect(await rejection(b.bytes())).toMatchObject({ code: "unavailable" });
    expect([source.cancelled(), one.sending.size, notes(), sent]).toEqual([true, 0, [], []]);
    one.refuse({ d: ref(9) });
    expect(notes()).toEqual([]);
  });

  test("fails a file that is announced after its end", async () => {
    const { channel: one, notes } = channel({ maxAttachments: 1 });
    one.close(lost);
    const { a } = one.incoming({ a: ref(1) }) as { a: ModelFile };
    expect(await rejection(a.bytes())).toMatchObject({ code: "unavailable" });
    // It takes no place.
    one.incoming({ a: ref(2) });
    expect(notes()).toEqual([]);
  });
});
