import { useState } from "preact/hooks";

export function CopyButton({ text, label = "Copy" }: { readonly text: string; readonly label?: string }) {
  const [said, setSaid] = useState("");
  const copy = async () => {
    try {
      // Absent on pages without TLS that are not on this machine.
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Copying is not allowed here: select the text");
    }
    setTimeout(() => setSaid(""), 2_000);
  };
  return (
    <button type="button" class="button small" onClick={copy}>
      <span aria-live="polite">{said || label}</span>
    </button>
  );
}
