/** Editors that open a file when their kind of address is followed. */

import type { EditorId } from "./kept.js";

interface Editor {
  readonly name: string;
  address(file: string, line: number): string;
}

const asFile = (scheme: string) => (file: string, line: number) => `${scheme}://file${rooted(encodeURI(file))}:${line}`;

export const EDITORS: Readonly<Record<EditorId, Editor>> = {
  vscode: { name: "VS Code", address: asFile("vscode") },
  cursor: { name: "Cursor", address: asFile("cursor") },
  windsurf: { name: "Windsurf", address: asFile("windsurf") },
  zed: { name: "Zed", address: asFile("zed") },
  idea: { name: "PyCharm", address: (file, line) => `pycharm://open?file=${encodeURIComponent(file)}&line=${line}` },
};

/** Windows paths begin with a drive. */
function rooted(file: string): string {
  return file.startsWith("/") ? file : `/${file}`;
}
