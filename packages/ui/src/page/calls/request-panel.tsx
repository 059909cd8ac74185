// The present call as text to copy.
import { useState } from "preact/hooks";
import { type FormState, readForm } from "../form/form-state.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { ScrollFrame } from "../parts/scroll-frame.tsx";
import { Segments } from "../parts/segments.tsx";
import { serverUrl } from "../service/connection.ts";
import { token } from "../service/credentials.ts";
import { type RequestParts, requestTexts } from "./request-text.ts";

interface RequestPanelProps extends Pick<RequestParts, "model" | "call"> {
  readonly form: FormState;
}

export function RequestPanel({ form, model, call }: RequestPanelProps) {
  const [at, setAt] = useState(0);
  const { args } = readForm(form, ({ secret, name }, value) => (secret ? `<${name}>` : value));
  const texts = Object.entries(requestTexts({ serverUrl, model, call, hasToken: token.value !== undefined, args }));
  const [title, text] = texts[at] as [string, string];
  return (
    <details class="card request">
      <summary>Call it from code</summary>
      <div class="stack">
        <div class="row">
          <Segments
            id="request-language"
            label="Language"
            options={texts.map(([name]) => name)}
            chosen={at}
            onChoose={setAt}
          />
          <CopyButton text={text} />
        </div>
        <ScrollFrame title={`The call for ${title}`} class="scroll-area">
          <pre>{text}</pre>
        </ScrollFrame>
      </div>
    </details>
  );
}
