// The trainer with `reload`, which loads published weights without `warm`.
import type { ModelFile } from "@deepaas/core";
import Trainer, { weightsFrom } from "./trainer.ts";

export default class Reloader extends Trainer {
  override async reload(published: ModelFile | undefined) {
    this.weights = published ? `reloaded ${await weightsFrom(published)}` : "shipped again";
  }
}
