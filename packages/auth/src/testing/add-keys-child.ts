// Adds keys to a file: arguments are the file, the start of their names, and their number.
import { addKey } from "../keys/edit-keys.ts";

const [file = "", prefix = "", count = "0"] = process.argv.slice(2);
for (let i = 0; i < Number(count); i++) await addKey(file, { name: `${prefix}${i}`, scopes: ["read"] });
