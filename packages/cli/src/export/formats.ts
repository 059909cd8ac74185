// The formats of an export. Apart from what writes them, for the help of the command.
export const exportFormats = ["jsonl", "csv", "tensorboard"] as const;
export type ExportFormat = (typeof exportFormats)[number];
