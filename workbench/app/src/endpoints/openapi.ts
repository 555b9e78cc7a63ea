/** The routes as a file that other programs read. */

import { ask } from "../api/rest.js";
import type { ProjectView } from "../api/types.js";
import { fileName, saveText, saving } from "../parts/save.js";

export function saveOpenApi(): Promise<void> {
  return saving("The OpenAPI document", async () => {
    const [{ name }, routes] = await Promise.all([ask<ProjectView>("/project"), ask("/openapi")]);
    saveText(`${JSON.stringify(routes, null, 2)}\n`, `${fileName(name)}.openapi.json`, "application/json");
  });
}
