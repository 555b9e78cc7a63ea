/** The screens. */

import { SCREENS } from "../../screens.js";
import type { Source } from "../sources.js";

export const screens: Source = (_known, go) =>
  SCREENS.map(({ to, name, letter, icon }) => ({
    id: `screen:${name}`,
    group: "Screens",
    name,
    keywords: [],
    icon: { icon, colour: "var(--accent)" },
    press: `g ${letter}`,
    act: () => go({ to, params: {}, search: {} }),
  }));
