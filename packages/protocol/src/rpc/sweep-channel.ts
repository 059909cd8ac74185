// Ends files that are being received or sent. Apart from the channel: only a server does this, and a page should not load it.
import { DeepaasError } from "@deepaas/core";
import type { RpcChannel } from "./rpc-channel.ts";
import { notificationText } from "./rpc-messages.ts";
import { BadMessage } from "./rpc-socket.ts";

/** Fails the files that made no progress since the last sweep. Throws a `BadMessage` for such a message. */
export function sweepChannel(channel: RpcChannel): void {
  const late = new DeepaasError("deadline_exceeded", "The file stood still for too long.");
  for (const [id, attachment] of channel.receiving) {
    if (!attachment.stoodStill()) continue;
    channel.drop(id);
    attachment.finish(late);
  }
  for (const [id, out] of channel.sending) {
    if (!out.stoodStill()) continue;
    out.stop();
    void channel.socket.send(notificationText("$/fail", { attachment: id, error: late.toData() }));
  }
  if (channel.long.stoodStill()) throw new BadMessage(4408, "deadline_exceeded: a message stood still");
}

/** Fails files that are being received. */
export function dropFiles(channel: RpcChannel, ids: Iterable<number>, error: DeepaasError): void {
  for (const id of ids) {
    const attachment = channel.receiving.get(id);
    if (attachment) channel.drop(id);
    attachment?.finish(error);
  }
}
