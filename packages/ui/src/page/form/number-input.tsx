import type { InputProps } from "./input-props.ts";
import { logPositions, type Slider, sliderPosition, sliderValue, steppedValue } from "./slider.ts";
import { textOf } from "./text-input.tsx";

/** A text input, because a number input gives nothing for a text that is no number yet. */
export function NumberInput({ field, draft, ids, onDraft }: InputProps) {
  const { kind, label, schema, default: fallback } = field;
  if (kind.is !== "number") return null;
  const text = textOf(draft);
  const step = (direction: 1 | -1) => onDraft(String(steppedValue(schema, text, direction)));
  return (
    <div class="number-input">
      <div class="stepper">
        <button type="button" class="button" tabIndex={-1} aria-label={`Less: ${label}`} onClick={() => step(-1)}>
          −
        </button>
        <input
          {...ids}
          class="input number"
          type="text"
          inputMode={kind.integer ? "numeric" : "decimal"}
          autocomplete="off"
          placeholder={typeof fallback === "number" ? String(fallback) : undefined}
          value={text}
          onInput={({ currentTarget: { value } }) => onDraft(value)}
          onKeyDown={(event) => {
            if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
            event.preventDefault();
            step(event.key === "ArrowUp" ? 1 : -1);
          }}
        />
        <button type="button" class="button" tabIndex={-1} aria-label={`More: ${label}`} onClick={() => step(1)}>
          +
        </button>
      </div>
      {kind.slider && (
        <SliderInput slider={kind.slider} label={label} text={text} onValue={(value) => onDraft(String(value))} />
      )}
    </div>
  );
}

interface SliderInputProps {
  readonly slider: Slider;
  readonly label: string;
  readonly text: string;
  readonly onValue: (value: number) => void;
}

function SliderInput({ slider, label, text, onValue }: SliderInputProps) {
  const { min, max, step, logarithmic } = slider;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return (
    <div class="slider">
      <span class="small soft number" aria-hidden="true">
        {min}
      </span>
      <input
        type="range"
        aria-label={`${label}, slider`}
        aria-valuetext={text === "" ? "not set" : text}
        min={logarithmic ? 0 : min}
        max={logarithmic ? logPositions : max}
        step={logarithmic ? 1 : step}
        value={sliderPosition(slider, value)}
        onInput={({ currentTarget }) => onValue(sliderValue(slider, Number(currentTarget.value)))}
      />
      <span class="small soft number" aria-hidden="true">
        {max}
      </span>
    </div>
  );
}
