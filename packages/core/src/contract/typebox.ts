// What core uses of TypeBox, at run time. The build makes one file of it (bundle-typebox.mjs): loading TypeBox's own files, some
// hundreds, would take most of the time in which a server or a worker starts.
import * as Format from "typebox/format";

export { Type } from "typebox";
export { Compile } from "typebox/compile";
export { Meta } from "typebox/schema";
export { Format };
