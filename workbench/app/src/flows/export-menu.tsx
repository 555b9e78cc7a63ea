/** What a flow can be taken away as. */

import { ClipboardCopy, Download, FileText, Image, Shapes } from "lucide-react";
import type { ReactNode } from "react";
import { useHere } from "../keys/here.js";
import { ActionMenu } from "../parts/action-menu.js";
import { IconButton } from "../parts/button.js";
import { fileName } from "../parts/save.js";
import { edgesOf, undeclaredEdgesOf } from "./elements.js";
import type { Format } from "./export/exporting.js";
import type { DrawnEdge, Picture } from "./export/picture.js";
import type { Places } from "./layout.js";
import { useLit } from "./lit.js";
import type { FlowPart } from "./view.js";

interface ExportMenuProps {
  readonly project: string;
  /** None: all steps. */
  readonly flow: string | undefined;
  readonly part: FlowPart;
  readonly places: Places;
}

export function ExportMenu(shown: ExportMenuProps): ReactNode {
  const copy = (): void => void copyShownFlow(shown);
  const saveAs = (format: Format) => (): void => void saveShownFlow(shown, format);
  const actions = [
    { name: "Copy as Mermaid", icon: ClipboardCopy, act: copy },
    { name: "Save as Mermaid", icon: FileText, act: saveAs("mermaid") },
    { name: "Save as SVG", icon: Shapes, act: saveAs("svg") },
    { name: "Save as PNG", icon: Image, act: saveAs("png") },
  ];
  useHere("copyMermaid", "Copy this flow as Mermaid", copy);
  useHere("saveMermaid", "Save this flow as Mermaid", saveAs("mermaid"));
  useHere("saveSvg", "Save this flow as SVG", saveAs("svg"));
  useHere("savePng", "Save this flow as PNG", saveAs("png"));
  return (
    <ActionMenu label="Export" actions={actions}>
      <IconButton label="Export"><Download size={16} aria-hidden /></IconButton>
    </ActionMenu>
  );
}

export async function saveShownFlow(shown: ExportMenuProps, format: Format): Promise<void> {
  const { saveFlow } = await import("./export/exporting.js");
  await saveFlow(pictureOf(shown), format, fileName(shown.project, shown.flow ?? ""));
}

export async function copyShownFlow(shown: ExportMenuProps): Promise<void> {
  const { copyMermaid } = await import("./export/exporting.js");
  await copyMermaid(pictureOf(shown));
}

/** With the path of the chosen run, as it is lit now. */
function pictureOf({ project, flow, part, places }: ExportMenuProps): Picture {
  const { path, undeclared } = useLit.getState();
  const drawn = (isUndeclared: boolean) => ({ data }: { readonly data?: Pick<DrawnEdge, "view" | "lane"> }): DrawnEdge[] => data === undefined ? [] : [{ ...data, isUndeclared }];
  return {
    title: flow === undefined ? project : `${project}: ${flow}`,
    nodes: part.nodes,
    edges: [...edgesOf(part.edges).flatMap(drawn(false)), ...undeclaredEdgesOf(undeclared).flatMap(drawn(true))],
    places,
    path,
  };
}
