// What every input of a form receives.
import { type ComponentType, createContext } from "preact";
import type { Field } from "./field.ts";
import type { Draft } from "./form-args.ts";
import type { FormState } from "./form-state.ts";

/** The form that a field belongs to. */
export const FormContext = createContext<FormState>(undefined as never);

export interface FieldViewProps {
  readonly field: Field;
  readonly draft: Draft;
  readonly pointer: string;
  readonly onDraft: (draft: Draft) => void;
  /** Of an item of a list. */
  readonly onRemove?: () => void;
}

export interface InputProps extends Omit<FieldViewProps, "onRemove"> {
  /** What is entered, else what the field starts with. */
  readonly shown: unknown;
  /** Connects an input with its label, help and faults. */
  readonly ids: {
    readonly id: string;
    readonly "aria-invalid": "true" | undefined;
    readonly "aria-describedby": string | undefined;
  };
  /** Draws a field inside of this one. */
  readonly View: ComponentType<FieldViewProps>;
}

/** The id of a field's input. */
export function idOf(pointer: string): string {
  return `field${encodeURIComponent(pointer)}`;
}

/** True if all choices are shown at once. */
export function isSegmented({ is, choices }: Field): boolean {
  return is === "choice" && choices.length <= 4 && choices.map(({ label }) => `${label}   `).join("").length <= 36;
}
