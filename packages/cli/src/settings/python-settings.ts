// The options of `deepaas run` for models in Python.
import type { Setting } from "./setting.ts";

export const pythonSettings = {
  python: {
    flag: "--python <python>",
    env: "DEEPAAS_PYTHON",
    type: "string",
    withoutDefault: "the active or the nearest environment, else `python3`",
    help: "interpreter of models in Python, or the folder of its virtual environment",
  },
  hooks: {
    flag: "--no-hooks",
    env: "DEEPAAS_HOOKS",
    type: "boolean",
    default: true,
    help: "no metrics from what trainings in Python log with TensorBoard, MLflow, wandb, trackio, Keras, Transformers and Lightning",
  },
} as const satisfies Readonly<Record<string, Setting>>;
