/** A path whose parameters stand out; long ones break between their segments. */

import { Fragment, type ReactNode } from "react";
import { segmentsOf } from "./request/address.js";

export function PathText({ path }: { readonly path: string }): ReactNode {
  const segments = segmentsOf(path);
  if (segments.length === 0) return <>/</>;
  return (
    <>
      {segments.map(({ text, parameter }, index) => (
        <Fragment key={index}>
          <wbr />/{parameter === null ? text : <span className="text-accent">{text}</span>}
        </Fragment>
      ))}
    </>
  );
}
