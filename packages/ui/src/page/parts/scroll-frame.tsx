import type { ComponentChildren } from "preact";

interface ScrollFrameProps {
  readonly title: string;
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Something that may be larger than its place. It takes the focus, so that it can be scrolled by keyboard. */
export function ScrollFrame({ title, class: name, children }: ScrollFrameProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class={name} aria-label={title} tabIndex={0}>
      {children}
    </section>
  );
}
