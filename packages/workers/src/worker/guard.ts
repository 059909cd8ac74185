// A thread of its own in every worker, so that it goes on while the model blocks the main one: sees that the server is
// gone and ends this process and whatever the model started; says how much memory it holds.
import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const lifeline = 5;
const memoryEveryMs = 250;

function end(): void {
  try {
    rmSync(workerData as string, { recursive: true, force: true });
  } finally {
    killAll();
  }
}

/** With its own process group where it leads one. */
function killAll(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}

const socket = new Socket({ fd: lifeline, readable: true, writable: true });
socket.on("end", end).on("error", end).on("close", end).resume();
setInterval(() => {
  socket.write(`${process.memoryUsage.rss()}\n`);
}, memoryEveryMs).unref();
parentPort?.postMessage("watching");
