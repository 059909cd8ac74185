import type { InputHTMLAttributes } from "preact";

interface SwitchProps extends Pick<InputHTMLAttributes<HTMLInputElement>, "id"> {
  readonly on: boolean;
  readonly onSwitch: (on: boolean) => void;
  readonly "aria-invalid"?: "true" | undefined;
  readonly "aria-describedby"?: string | undefined;
}

export function Switch({ on, onSwitch, ...rest }: SwitchProps) {
  return (
    <input
      {...rest}
      class="switch"
      type="checkbox"
      role="switch"
      aria-checked={on}
      checked={on}
      onChange={({ currentTarget }) => onSwitch(currentTarget.checked)}
    />
  );
}
