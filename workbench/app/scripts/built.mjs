/** Where the build goes: the server hands it out from there. */

import { resolve } from "node:path";

export const BUILT = resolve(import.meta.dirname, "../../../motia_py/web/static/workbench");
