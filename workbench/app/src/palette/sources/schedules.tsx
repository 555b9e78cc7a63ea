/** Schedules: each is gone to, or run now. */

import { Play } from "lucide-react";
import { toast } from "sonner";
import { runCron } from "../../api/queued.js";
import { KINDS } from "../../parts/kinds.js";
import { OutcomeLink } from "../../parts/outcome-link.js";
import type { Entry } from "../entry.js";
import type { Source } from "../sources.js";

export const schedules: Source = ({ crons }, go) =>
  (crons?.crons ?? []).flatMap(({ step, trigger, expression }): readonly Entry[] => {
    const name = `${step} ${trigger}`;
    const shared = { note: expression, keywords: ["schedule", "cron"] };
    return [
      { id: `schedule:${name}`, group: "Schedules", name: step, ...shared, icon: KINDS.cron, act: () => go({ to: "/cron" }, `schedule:${name}`) },
      { id: `run:${name}`, group: "Actions", name: `Run ${step} now`, ...shared, icon: { ...KINDS.cron, icon: Play }, act: () => void run(step, trigger) },
    ];
  });

async function run(step: string, trigger: string): Promise<void> {
  try {
    const { traceId } = await runCron(step, trigger);
    toast(`${step} was set off`, { description: <OutcomeLink trace={traceId} /> });
  } catch (error) {
    toast.error(`${step} was not set off`, { description: error instanceof Error ? error.message : String(error) });
  }
}
