import type { ComponentChildren } from "preact";

interface ScrollAreaProps {
  /** The accessible name. */
  readonly label: string;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** Wide or long content. It takes the focus, so that the arrow keys scroll it. */
export function ScrollArea({ label, class: more = "", children }: ScrollAreaProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard cannot scroll in every browser.
    <section class={`scroll-area ${more}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
