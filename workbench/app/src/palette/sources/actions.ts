/** What can be done from everywhere. */

import { Download, Inbox, Keyboard, Link2, Megaphone, Monitor, Moon, Sun, type LucideIcon } from "lucide-react";
import { saveOpenApi } from "../../endpoints/openapi.js";
import { copyText } from "../../parts/copy.js";
import { useKept, type Theme } from "../../parts/kept.js";
import { toggleOverlay } from "../../shell/overlay.js";
import type { Entry } from "../entry.js";
import type { Source } from "../sources.js";

const THEMES: readonly (readonly [Theme, string, LucideIcon])[] = [
  ["light", "Light theme", Sun],
  ["dark", "Dark theme", Moon],
  ["system", "Theme of the system", Monitor],
];

export const actions: Source = (_known, go) => [
  action("emit", "Emit an event…", Megaphone, () => go({ to: "/events", search: {} })),
  action("dead letters", "Dead letters", Inbox, () => go({ to: "/queue", search: {} })),
  action("openapi", "Save the OpenAPI document", Download, () => void saveOpenApi()),
  action("link", "Copy the link to this view", Link2, () => void copyText(location.href, "The link")),
  { ...action("keys", "Show all keys", Keyboard, () => void toggleOverlay("keys")), press: "?" },
  ...THEMES.filter(([theme]) => theme !== useKept.getState().theme).map(([theme, name, icon]) =>
    action(`theme ${theme}`, name, icon, () => useKept.setState({ theme }))),
];

function action(id: string, name: string, icon: LucideIcon, act: () => void): Entry {
  return { id: `action:${id}`, group: "Actions", name, keywords: ["action"], icon: { icon, colour: "var(--soft)" }, act };
}
