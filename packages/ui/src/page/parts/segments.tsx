interface SegmentsProps {
  /** Begins the ids of the inputs; the first one has it. */
  readonly id: string;
  /** Undefined: the group around it has a name. */
  readonly label?: string;
  readonly options: readonly string[];
  /** The place of the option in the list. */
  readonly chosen: number;
  readonly onChoose: (at: number) => void;
}

/** A few short options, all to be seen. */
export function Segments({ id, label, options, chosen, onChoose }: SegmentsProps) {
  return (
    <div class="segments" {...(label !== undefined && { role: "radiogroup", "aria-label": label })}>
      {options.map((option, i) => (
        <label key={option} class="segment">
          <input
            type="radio"
            name={id}
            id={i === 0 ? id : undefined}
            checked={i === chosen}
            onChange={() => onChoose(i)}
          />
          <span>{option}</span>
        </label>
      ))}
    </div>
  );
}
