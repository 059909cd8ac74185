import { Switch } from "../parts/switch.tsx";
import type { InputProps } from "./input-props.ts";

export function SwitchInput({ draft, ids: { "aria-required": _required, ...ids }, onDraft }: InputProps) {
  return <Switch {...ids} on={draft === true} onSwitch={onDraft} />;
}
