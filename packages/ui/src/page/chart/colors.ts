// The colours of the theme for a canvas, which cannot read `light-dark()` or `var()`.
import { effect } from "@preact/signals";
import { theme } from "../parts/theme.tsx";

const known = new Map<string, string>();

/** Returns the colour of a custom property, as the present theme has it. */
export function colorOf(property: string): string {
  let color = known.get(property);
  if (color === undefined) {
    const probe = document.createElement("span");
    probe.hidden = true;
    probe.style.color = `var(${property})`;
    document.body.append(probe);
    ({ color } = getComputedStyle(probe));
    probe.remove();
    known.set(property, color);
  }
  return color;
}

/** Calls `changed` after the colours have changed. Returns a function that ends it. */
export function onColors(changed: () => void): () => void {
  const forget = () => {
    requestAnimationFrame(() => {
      known.clear();
      changed();
    });
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", forget);
  const end = effect(() => {
    // Read to be told of its changes.
    void theme.value;
    forget();
  });
  return () => {
    system.removeEventListener("change", forget);
    end();
  };
}
