// A trainer whose runs do not go on after they were lost.
import Trainer from "./trainer.ts";

export default class Once extends Trainer {
  override resume = "never" as const;
}
