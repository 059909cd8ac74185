// Returns a file or text, in the requested media type.
import { type Args, BaseModel, modelFile, Type, withDefault } from "@deepaas/core";

const fields = {
  accept: Type.Enum(["application/json", "text/plain", "image/png", "application/octet-stream"]),
  as: withDefault(Type.Enum(["bytes", "blob", "stream", "file", "text", "json"]), "file"),
  text: withDefault(Type.String(), "content"),
};

export default class File extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override async predict({ as, text }: Args<typeof fields>): Promise<unknown> {
    const bytes = new TextEncoder().encode(text);
    switch (as) {
      case "bytes":
        return bytes;
      case "blob":
        return new Blob([bytes]);
      case "stream":
        return new Blob([bytes]).stream();
      case "file":
        return modelFile(bytes, { contentType: "image/png", originalFilename: "answer.png" });
      case "text":
        return text;
      case "json":
        return { text };
    }
  }
}
