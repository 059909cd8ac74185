// The worker's ends of its pipes: messages come in on 3 and go out on 4.
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { type Packed, pack, unpack } from "../carried-files.ts";
import { type Frame, frameReader } from "../frames.ts";
import type { FromWorker, ToWorker } from "../messages.ts";

const inFd = 3;
const outFd = 4;
const wait = new Int32Array(new SharedArrayBuffer(4));

export interface Incoming {
  /** Whether waiting for the next message keeps the process alive. */
  stayFor(messages: boolean): void;
}

export function receive(onMessage: (message: ToWorker) => void): Incoming {
  const socket = new Socket({ fd: inFd, readable: true, writable: false });
  const read = frameReader((frame: Frame) => onMessage(unpack(frame).message as ToWorker));
  socket.on("data", read);
  return {
    stayFor(messages) {
      if (messages) socket.ref();
      else socket.unref();
    },
  };
}

/**
 * Returns when the pipe has taken it: a model that blocks its thread is heard all the same, what is said before a death
 * arrives, and a model that says more than the server can read waits for it.
 */
export function send(message: FromWorker): void {
  writeFrame((pack(message, [], "") as Packed).frame);
}

export function writeFrame(frame: Buffer): void {
  for (let at = 0; at < frame.length; ) {
    try {
      at += writeSync(outFd, frame, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Atomics.wait(wait, 0, 0, 1);
      // The server is gone, or has closed on us.
      else if (code === "EPIPE" || code === "ECONNRESET") process.kill(process.pid, "SIGKILL");
      else throw error;
    }
  }
}
