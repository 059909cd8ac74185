// The least that a child process can do with a message.
process.on("message", (message) => process.send?.(message));
