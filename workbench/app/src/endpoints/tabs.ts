/** How a tab of the tester looks. */
export const TAB =
  "-mb-px flex items-center gap-1.5 whitespace-nowrap border-b-2 border-transparent px-0.5 py-1.5 text-[13px] text-soft hover:text-text data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-text";
