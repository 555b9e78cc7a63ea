/** Something as a file, which the browser puts among its downloads. */

import { toast } from "sonner";

export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Not at once: the browser still has to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function saveText(text: string, name: string, type: string): void {
  save(new Blob([text], { type }), name);
}

/** Does what makes and saves a file; says it if that fails. */
export async function saving(what: string, make: () => Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    toast.error(`${what} could not be saved`, { description: error instanceof Error ? error.message : String(error) });
  }
}

/** A name for a file, whatever the parts hold: `shop-orders`. */
export function fileName(...parts: readonly string[]): string {
  return parts.map((part) => part.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|-+$/g, "")).filter((part) => part !== "").join("-");
}
