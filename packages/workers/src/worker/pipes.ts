// The worker's ends of the pipes: messages are read from descriptor 3 and written to descriptor 4.
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { type Frame, frameReader } from "../frames.ts";
import { decodeMessage, type EncodedMessage, encodeMessage } from "../message-files.ts";
import type { FromWorker, ToWorker } from "../messages.ts";

const readFd = 3;
const writeFd = 4;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

export interface MessagePipe {
  /** Whether the process stays alive only to wait for messages. */
  keepAlive(keep: boolean): void;
}

export function readMessages(onMessage: (message: ToWorker) => void): MessagePipe {
  const socket = new Socket({ fd: readFd, readable: true, writable: false });
  const read = frameReader((frame: Frame) => onMessage(decodeMessage(frame).message as ToWorker));
  socket.on("data", read);
  return {
    keepAlive(keep) {
      if (keep) socket.ref();
      else socket.unref();
    },
  };
}

/** Sends a message without files. */
export function send(message: FromWorker): void {
  writeFrame((encodeMessage(message, [], "") as EncodedMessage).frame);
}

/**
 * Returns when the pipe has taken the frame. So messages get out while the model blocks its thread, what was sent before a
 * crash arrives, and a model that sends faster than the server reads has to wait.
 */
export function writeFrame(frame: Buffer): void {
  for (let at = 0; at < frame.length; ) {
    try {
      at += writeSync(writeFd, frame, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EAGAIN") Atomics.wait(sleeper, 0, 0, 1);
      // The server has gone or has closed the pipe.
      else if (code === "EPIPE" || code === "ECONNRESET") process.kill(process.pid, "SIGKILL");
      else throw error;
    }
  }
}
