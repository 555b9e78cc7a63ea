/** What stands on a screen that has nothing to show yet: what would be here, and the code that makes it so. */

import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { CodeSample } from "./code-sample.js";
import { Empty } from "./notes.js";

interface LessonProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly name: string;
  readonly code: string;
  readonly children: ReactNode;
}

export function Lesson({ icon, title, name, code, children }: LessonProps): ReactNode {
  return (
    <div className="m-auto max-h-full w-full max-w-xl overflow-y-auto p-4">
      <Empty icon={icon} title={title}>{children}</Empty>
      <CodeSample name={name} text={code} />
    </div>
  );
}
