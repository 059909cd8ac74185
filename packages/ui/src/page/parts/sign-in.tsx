// Asks for a key or a token when the server wants one.
import { useEffect, useRef, useState } from "preact/hooks";
import { sentenceOf, service } from "../service/connection.ts";
import { needsToken, token } from "../service/credentials.ts";

export function SignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [fault, setFault] = useState<string>();
  useEffect(() => dialog.current?.showModal(), []);
  const signIn = async () => {
    const before = token.value;
    token.value = text.trim();
    try {
      await service.models();
      needsToken.value = false;
    } catch (error) {
      token.value = before;
      setFault(sentenceOf(error));
    }
  };
  return (
    <dialog ref={dialog} class="card sign-in" aria-labelledby="sign-in" onCancel={(event) => event.preventDefault()}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn();
        }}
      >
        <h2 id="sign-in">Who are you?</h2>
        <p class="soft">This server wants an API key or a token. It is kept until this tab is closed.</p>
        <label class="stack tight">
          Key or token
          <input
            class="input"
            type="password"
            autocomplete="current-password"
            required
            value={text}
            aria-invalid={fault !== undefined}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
          />
        </label>
        {fault !== undefined && (
          <p class="note bad" role="alert">
            {fault}
          </p>
        )}
        <button type="submit" class="button primary">
          Sign in
        </button>
      </form>
    </dialog>
  );
}
