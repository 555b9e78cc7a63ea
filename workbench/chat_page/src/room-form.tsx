/** Where a room is joined and left. */

import type { FormEvent, ReactNode } from "react";
import type { Membership } from "./use-room.js";

/** Of blanks alone it is none. */
const NAME = ".*\\S.*";

export function RoomForm({ room, news, join, leave }: Membership): ReactNode {
  const isIn = room !== null;
  const submit = (submission: FormEvent<HTMLFormElement>): void => {
    submission.preventDefault();
    const said = new FormData(submission.currentTarget);
    const wanted = { roomName: String(said.get("room")).trim(), participantName: String(said.get("name")).trim() };
    if (isIn) void leave();
    else void join(wanted);
  };
  return (
    <form className="room" aria-label="Room" onSubmit={submit}>
      <label><span>Room</span> <input name="room" required pattern={NAME} readOnly={isIn} autoComplete="off" defaultValue={room?.roomName} /></label>
      <label><span>Name</span> <input name="name" required pattern={NAME} readOnly={isIn} autoComplete="off" defaultValue={room?.participantName} /></label>
      {/* One button, so that it keeps the focus. */}
      <button className="quiet" type="submit">{isIn ? "Leave" : "Join"}</button>
      <span className="soft" role="status">{news}</span>
    </form>
  );
}
