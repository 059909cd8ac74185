import type { Draft } from "./draft.ts";
import type { InputProps } from "./input-props.ts";
import { textOfTimeInput, timeHint, timeInputOf } from "./time-input.ts";

const inputModes: Readonly<Record<string, "email" | "url">> = { email: "email", url: "url", uri: "url" };

export function TextInput({ field: { kind, default: fallback, schema }, draft, ids, onDraft }: InputProps) {
  if (kind.is !== "text") return null;
  const text = textOf(draft);
  const { format } = kind;
  const time = timeInputOf(format, text);
  if (time && time.type !== "text") {
    const { type } = time;
    const hint = timeHint(format);
    return (
      <>
        <input
          {...ids}
          class="input"
          type={type}
          step="1"
          value={time.value}
          onInput={({ currentTarget: { value } }) => onDraft(textOfTimeInput(format, { type, value }))}
        />
        {hint && <p class="field-help">{hint}</p>}
      </>
    );
  }
  const example = Array.isArray(schema.examples) ? schema.examples[0] : undefined;
  const shared = {
    ...ids,
    class: "input",
    placeholder:
      typeof fallback === "string" && fallback !== "" ? fallback : typeof example === "string" ? example : undefined,
    value: text,
    onInput: (event: { readonly currentTarget: { readonly value: string } }) => onDraft(event.currentTarget.value),
  };
  // The browser's own checks are off: they would speak another language than the page.
  if (kind.long) return <textarea {...shared} rows={Math.min(12, Math.max(3, text.split("\n").length + 1))} />;
  return (
    <input
      {...shared}
      type="text"
      inputMode={inputModes[format ?? ""]}
      autocomplete="off"
      spellcheck={false}
      autocapitalize="off"
    />
  );
}

export function SecretInput({ draft, ids, onDraft }: InputProps) {
  return (
    <input
      {...ids}
      class="input"
      type="password"
      autocomplete="new-password"
      value={textOf(draft)}
      onInput={({ currentTarget: { value } }) => onDraft(value)}
    />
  );
}

export function JsonInput({ draft, ids, onDraft }: InputProps) {
  const text = textOf(draft);
  return (
    <textarea
      {...ids}
      class="input mono"
      rows={Math.min(14, Math.max(2, text.split("\n").length))}
      placeholder="JSON"
      spellcheck={false}
      value={text}
      onInput={({ currentTarget: { value } }) => onDraft(value)}
    />
  );
}

export function textOf(draft: Draft): string {
  return typeof draft === "string" ? draft : "";
}
