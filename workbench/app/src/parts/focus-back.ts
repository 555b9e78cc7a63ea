/** Gives the focus back to what had it before a dialog that has no button of its own. */

import { useState } from "react";

/** For `onCloseAutoFocus`. Who has taken the focus by then keeps it. */
export function useFocusBack(): (event: Event) => void {
  const [before] = useState(() => document.activeElement);
  return (event) => {
    event.preventDefault();
    if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
  };
}
