/** The schedules: when each fires next, how its last runs went, and running it now. */

import { useQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import type { ReactNode } from "react";
import { cronsQuery } from "../api/queued.js";
import { Empty, Failed, Loading } from "../parts/notes.js";
import { Schedule } from "./schedule.js";

export function CronScreen(): ReactNode {
  const { data, error, refetch } = useQuery(cronsQuery);
  if (data === undefined) return error === null ? <Loading /> : <Failed error={error} onRetry={() => void refetch()} />;
  if (data.crons.length === 0) return <NoSchedules />;
  return (
    <div className="relative min-h-0 grow overflow-y-auto">
      <ul aria-label="Schedules" className="mx-auto flex w-full max-w-6xl flex-col gap-3 p-3 md:p-5">
        {data.crons.map((cron) => <li key={`${cron.step}\n${cron.trigger}`}><Schedule cron={cron} onOutdated={() => void refetch()} /></li>)}
      </ul>
    </div>
  );
}

function NoSchedules(): ReactNode {
  return (
    <Empty icon={CalendarClock} title="No schedules yet">
      <p>A cron step runs by the clock. Drop this into <code>steps/nightly_step.py</code>:</p>
      <pre className="mt-3 overflow-x-auto rounded-lg border bg-card p-3 text-left text-xs">{'config = {"type": "cron", "name": "Nightly",\n          "cron": "0 2 * * *", "emits": []}\n\nasync def handler(context):\n    context.logger.info("good night")'}</pre>
    </Empty>
  );
}
