/** The schedules: when each fires next, how its last runs went, and running it now. */

import { useQuery } from "@tanstack/react-query";
import { CalendarClock } from "lucide-react";
import type { ReactNode } from "react";
import { cronsQuery } from "../api/queued.js";
import { Lesson } from "../parts/lesson.js";
import { Failed, Loading } from "../parts/notes.js";
import { Schedule } from "./schedule.js";

const FIRST_SCHEDULE = `config = {"type": "cron", "name": "Nightly", "cron": "0 2 * * *", "emits": []}


async def handler(context):
    context.logger.info("good night")
`;

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
    <Lesson icon={CalendarClock} title="No schedules yet" name="steps/nightly_step.py" code={FIRST_SCHEDULE}>
      A cron step runs by the clock. Save this under its name: its next times stand here, and a button that runs it now.
    </Lesson>
  );
}
