/** Takes a flow away: to the clipboard, or as a file. Loaded when somebody first does. */

import { copyText } from "../../parts/copy.js";
import { save, saveText, saving } from "../../parts/save.js";
import { lookOfPage } from "./look.js";
import { mermaidOf } from "./mermaid.js";
import type { Picture } from "./picture.js";
import { pngOf } from "./png.js";
import { svgOf } from "./svg.js";

export type Format = "mermaid" | "svg" | "png";

/** `name` is the file's, without its ending. */
export function saveFlow(picture: Picture, format: Format, name: string): Promise<void> {
  return saving("The flow", async () => {
    const look = lookOfPage();
    if (format === "mermaid") return saveText(mermaidOf(picture, look), `${name}.mmd`, "text/plain");
    const drawing = svgOf(picture, look);
    if (format === "svg") return saveText(drawing.text, `${name}.svg`, "image/svg+xml");
    save(await pngOf(drawing), `${name}.png`);
  });
}

export function copyMermaid(picture: Picture): Promise<void> {
  return copyText(mermaidOf(picture, lookOfPage()), "The flow");
}
