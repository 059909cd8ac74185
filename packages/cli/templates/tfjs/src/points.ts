// The data: points of the curve that the network learns. Put your own here.

export interface Points {
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

function curve(count: number, shift: number): Points {
  const xs = Array.from({ length: count }, (_, i) => Math.PI * ((2 * (i + shift)) / count - 1));
  return { xs, ys: xs.map((x) => Math.sin(x)) };
}

export const trainingPoints = curve(200, 0);
/** The same for every training, and learned by none, so that the weights of two trainings can be compared. */
export const validationPoints = curve(50, 0.3);
