// Loads TensorFlow.js once, on its wasm backend. Nothing else imports it as a value, so importing the model stays cheap.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { registerConvGradient } from "./conv-gradient.ts";

export type Core = typeof import("@tensorflow/tfjs-core");
export type Layers = typeof import("@tensorflow/tfjs-layers");

export interface Tensorflow {
  tf: Core;
  layers: Layers;
}

let loading: Promise<Tensorflow> | undefined;

export function loadTensorflow(): Promise<Tensorflow> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Tensorflow> {
  const tf = await import("@tensorflow/tfjs-core");
  // Also brings the gradients, which the core alone leaves out.
  const layers = await import("@tensorflow/tfjs-layers");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const entry = fileURLToPath(import.meta.resolve("@tensorflow/tfjs-backend-wasm"));
  // The binaries lie beside the entry; a path, not an address, or they would be fetched.
  wasm.setWasmPaths(`${dirname(entry)}/`);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start its wasm backend.");
  registerConvGradient(tf);
  return { tf, layers };
}
