import { type InputProps, isSegmented } from "./input-props.ts";
import { textOf } from "./text-input.tsx";

/** A few short choices are all shown; others are a list to open. */
export function ChoiceInput({
  field: { kind, required, nullable, default: fallback },
  draft,
  ids,
  onDraft,
  isItem,
}: InputProps) {
  if (kind.is !== "choice") return null;
  const chosen = textOf(draft);
  const mayBeEmpty = !required || nullable;
  const hasDefault = fallback !== undefined && fallback !== null;
  const nothing = nullable && (required || hasDefault) ? "None" : "Not set";
  // With a default there is always a value.
  const options = [
    ...(mayBeEmpty && (!hasDefault || nullable) ? [{ at: "", label: nothing }] : []),
    ...kind.choices.map(({ label }, at) => ({ at: String(at), label })),
  ];
  if (!isSegmented(kind.choices, isItem)) {
    return (
      <select {...ids} class="select" value={chosen} onChange={({ currentTarget }) => onDraft(currentTarget.value)}>
        {chosen === "" && options[0]?.at !== "" && <option value="">Choose…</option>}
        {options.map(({ at, label }) => (
          <option key={at} value={at}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  const { id } = ids;
  return (
    <div class="segments">
      {options.map(({ at, label }, i) => (
        <label key={at} class="segment">
          <input
            type="radio"
            name={id}
            id={i === 0 ? id : undefined}
            checked={chosen === at}
            onChange={() => onDraft(at)}
          />
          <span>{label}</span>
        </label>
      ))}
    </div>
  );
}
