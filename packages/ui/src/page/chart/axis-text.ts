// The labels of the axes: short, and in round numbers of the unit that is shown.

/** Distances between the labels of a time axis, in seconds. */
export const timeSteps: readonly number[] = [
  ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 5, 10, 20, 50, 100].map((days) => days * 86_400),
];

/** `12 s`, `1:30 min`, `2:15 h`, `3 d`. */
export function axisTime(seconds: number): string {
  const size = Math.abs(seconds);
  const sign = seconds < 0 ? "-" : "";
  if (size < 60) return `${sign}${Number(size.toFixed(3))} s`;
  if (size < 3_600) return `${sign}${pair(size, 60)} min`;
  if (size < 86_400) return `${sign}${pair(size / 60, 60)} h`;
  return `${sign}${Number((size / 86_400).toFixed(1))} d`;
}

/** `0.001`, `250k`, `1e-7`. */
export function axisNumber(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return String(Number(value.toPrecision(4)).toExponential());
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= unit * 10) return `${Number((value / unit).toPrecision(6))}${letter}`;
  }
  return String(Number(value.toPrecision(8)));
}

function pair(value: number, base: number): string {
  const whole = Math.floor(value / base);
  const rest = Math.floor(value - whole * base);
  return rest === 0 ? String(whole) : `${whole}:${String(rest).padStart(2, "0")}`;
}
