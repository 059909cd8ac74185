/** A piece of a line in its colour and pattern. */
export function Swatch({ color, dash }: { readonly color: number; readonly dash: readonly number[] }) {
  return (
    <svg class={`swatch series-${color}`} viewBox="0 0 24 8" width="24" height="8" aria-hidden="true">
      <line x1="0" y1="4" x2="24" y2="4" stroke="currentColor" stroke-width="2.5" stroke-dasharray={dash.join(" ")} />
    </svg>
  );
}
