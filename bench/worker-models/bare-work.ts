// Uses CPU time for each message, and sends the message back.
import { predict } from "./echo.ts";

process.on("message", (message: { readonly workMs: number }) => {
  void predict(message).then((answer) => process.send?.(answer ?? null));
});
