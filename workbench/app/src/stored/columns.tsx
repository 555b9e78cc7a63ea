/** Groups, values and one value beside each other; on narrow screens one after the other. */

import type { ReactNode } from "react";
import { NARROW, useMedia } from "../parts/media.js";

interface ColumnsProps {
  readonly groups: ReactNode;
  /** False: no group is chosen. */
  readonly values: ReactNode;
  /** False: no value is chosen. */
  readonly value: ReactNode;
  /** What stands where something is to be chosen. */
  readonly hint: ReactNode;
}

export function Columns({ groups, values, value, hint }: ColumnsProps): ReactNode {
  const isNarrow = useMedia(NARROW);
  if (isNarrow) return <div className="flex min-w-0 grow bg-card">{value !== false ? value : values !== false ? values : groups}</div>;
  return (
    <>
      <div className="flex w-56 shrink-0 border-r bg-card">{groups}</div>
      {values !== false && <div className="flex w-80 shrink-0 border-r bg-card xl:w-96">{values}</div>}
      {value !== false ? value : hint}
    </>
  );
}
