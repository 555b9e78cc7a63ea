/** Puts a text on the clipboard and says so. */

import { toast } from "sonner";

export async function copyText(text: string, what: string): Promise<void> {
  try {
    await putOnClipboard(text);
    toast.success(`${what} is copied`);
  } catch {
    toast.error(`${what} could not be copied: the browser does not allow it here`);
  }
}

/** Raises where the browser does not allow it. */
export async function putOnClipboard(text: string): Promise<void> {
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
