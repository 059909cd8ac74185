// The trainer with `resume: "never"`: a lost run fails.
import Trainer from "./trainer.ts";

export default class Once extends Trainer {
  override resume = "never" as const;
}
