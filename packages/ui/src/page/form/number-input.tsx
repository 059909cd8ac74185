import type { InputProps } from "./input-props.ts";
import { sliderStep, steppedValue } from "./steps.ts";

/** A text input, because a number input gives nothing for a text that is no number yet. */
export function NumberInput({ field: { label, schema }, shown, ids, onDraft }: InputProps) {
  const text = typeof shown === "string" || typeof shown === "number" ? String(shown) : "";
  const step = (direction: 1 | -1) => onDraft(String(steppedValue(schema, text, direction)));
  const sliding = sliderStep(schema);
  const { minimum, maximum } = schema as { readonly minimum: number; readonly maximum: number };
  const button = (direction: 1 | -1, sign: string, says: string) => (
    <button type="button" class="button" tabIndex={-1} aria-label={`${says}: ${label}`} onClick={() => step(direction)}>
      {sign}
    </button>
  );
  return (
    <div class="number-input">
      <div class="stepper">
        {button(-1, "−", "Less")}
        <input
          {...ids}
          class="input number"
          type="text"
          inputMode={schema.type === "integer" ? "numeric" : "decimal"}
          autocomplete="off"
          placeholder={String(schema.default ?? "")}
          value={text}
          onInput={({ currentTarget }) => onDraft(currentTarget.value)}
          onKeyDown={(event) => {
            const direction = ({ ArrowUp: 1, ArrowDown: -1 } as const)[event.key];
            if (!direction) return;
            event.preventDefault();
            step(direction);
          }}
        />
        {button(1, "+", "More")}
      </div>
      {sliding !== undefined && (
        <div class="slider small soft number">
          <span aria-hidden="true">{minimum}</span>
          <input
            type="range"
            aria-label={`${label}, slider`}
            aria-valuetext={text || "not set"}
            min={minimum}
            max={maximum}
            step={sliding}
            value={text.trim() === "" ? minimum : Number(text)}
            onInput={({ currentTarget }) => onDraft(currentTarget.value)}
          />
          <span aria-hidden="true">{maximum}</span>
        </div>
      )}
    </div>
  );
}
