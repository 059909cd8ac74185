// The templates of `deepaas new`. Each is a folder below templates/ with the files of a project; a `_` at the start of a file
// name stands for `.`, because npm publishes no .gitignore and no .npmrc.
import { fileURLToPath } from "node:url";

export const templates = {
  hello: "a model without any library; it learns the slope of a line",
  onnx: "an ONNX file, run by onnxruntime, many calls at once",
  tfjs: "a small neural network, trained and run by TensorFlow.js",
} as const;

export type TemplateName = keyof typeof templates;

/** The name that stands for the project's own in the files of every template. */
export const placeholder = "my-model";

/** Returns the folder with the files of a template. */
export function templateFolder(name: TemplateName): string {
  return fileURLToPath(new URL(`../../templates/${name}`, import.meta.url));
}
