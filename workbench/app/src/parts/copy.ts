/** Puts a text on the clipboard. */

import { toast } from "sonner";

/** Says that it is there now: `what` is, as `The file`. */
export async function copyText(text: string, what: string): Promise<void> {
  if (await copy(text)) toast.success(`${what} is copied`);
}

/** Whether it is there now; if not, that is said. */
export async function copy(text: string): Promise<boolean> {
  try {
    await putOnClipboard(text);
    return true;
  } catch {
    toast.error("The browser does not let this page copy");
    return false;
  }
}

/** Raises where the browser does not allow it. */
async function putOnClipboard(text: string): Promise<void> {
  // Pages that come over plain HTTP from another machine have no clipboard of that kind.
  if (navigator.clipboard !== undefined) return await navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  if (!isDone) throw new Error("not allowed");
}
