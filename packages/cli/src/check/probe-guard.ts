// A thread of the process of a model, which runs also while the model blocks the main thread: ends the process when the command
// is gone.
import { Socket } from "node:net";
import { parentPort } from "node:worker_threads";
import { lifelineFd } from "./probe-messages.ts";

const end = () => process.kill(process.pid, "SIGKILL");
new Socket({ fd: lifelineFd, readable: true, writable: false })
  .on("end", end)
  .on("error", end)
  .on("close", end)
  .resume();
parentPort?.postMessage("watching");
