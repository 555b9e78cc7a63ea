/** How controls look that the browser or a library draws. */

/** What is written or chosen in. */
export const INPUT = "w-full min-w-0 rounded-lg border border-strong-line bg-card px-2.5 py-1.5 text-[13px] text-text placeholder:text-soft aria-invalid:border-bad";

/** A tab, open or not. */
export const TAB =
  "-mb-px flex items-center gap-1.5 whitespace-nowrap border-b-2 border-transparent px-0.5 py-1.5 text-[13px] text-soft hover:text-text data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-text";
