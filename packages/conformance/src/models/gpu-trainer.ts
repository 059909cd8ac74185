// The trainer with `needs`: it is trained on a node with the label `gpu`.
import Trainer from "./trainer.ts";

export default class GpuTrainer extends Trainer {
  override readonly needs = ["gpu"];
}
