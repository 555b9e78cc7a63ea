/** The routes as a file that other programs read. */

import { toast } from "sonner";
import { ask } from "../api/rest.js";
import type { ProjectView } from "../api/types.js";
import { saveText } from "../parts/save.js";

/** Saves every route as an OpenAPI document, or says why not. */
export async function saveOpenApi(): Promise<void> {
  try {
    const [{ name }, routes] = await Promise.all([ask<ProjectView>("/project"), ask("/openapi")]);
    saveText(`${JSON.stringify(routes, null, 2)}\n`, `${name}.openapi.json`, "application/json");
  } catch (error) {
    toast.error("The routes were not saved", { description: error instanceof Error ? error.message : String(error) });
  }
}
