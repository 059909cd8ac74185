// A thread of its own, which runs also while the model blocks the main thread: ends this process, and what the model
// started, when the server is gone, and reports how much memory the process uses.
import { rmSync } from "node:fs";
import { Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const lifelineFd = 5;
const memoryIntervalMs = 250;

function endProcess(): void {
  try {
    rmSync(workerData as string, { recursive: true, force: true });
  } finally {
    killGroup();
  }
}

function killGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // It does not lead a process group.
    process.kill(process.pid, "SIGKILL");
  }
}

const socket = new Socket({ fd: lifelineFd, readable: true, writable: true });
socket.on("end", endProcess).on("error", endProcess).on("close", endProcess).resume();
setInterval(() => {
  socket.write(`${process.memoryUsage.rss()}\n`);
}, memoryIntervalMs).unref();
parentPort?.postMessage("watching");
