/** Where messages are written: Enter sends, Shift+Enter begins a line. */

import { useEffect, useRef, type FormEvent, type KeyboardEvent, type ReactNode } from "react";

export interface ComposerProps {
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
  /** An answer is on its way. */
  readonly isBusy: boolean;
  /** What had the focus went when this came. */
  readonly takesFocus?: boolean;
  readonly onSend: (text: string) => void;
  readonly onStop: () => void;
}

export function Composer({ draft, onDraft, isBusy, takesFocus = false, onSend, onStop }: ComposerProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const wasBusy = useRef(isBusy);
  useEffect(() => {
    if (wasBusy.current === isBusy) return;
    wasBusy.current = isBusy;
    // The button that had the focus is gone, and the focus with it.
    if (document.activeElement === document.body) field.current?.focus({ preventScroll: true });
  }, [isBusy]);

  const send = (submission?: FormEvent): void => {
    submission?.preventDefault();
    if (isBusy || draft.trim() === "") return;
    onSend(draft);
    onDraft("");
  };
  const onKeyDown = (pressed: KeyboardEvent): void => {
    // While an input method composes, Enter chooses what it offers.
    if (pressed.key !== "Enter" || pressed.shiftKey || pressed.nativeEvent.isComposing) return;
    pressed.preventDefault();
    send();
  };
  return (
    <form onSubmit={send}>
      <label className="unseen" htmlFor="message">Message</label>
      <textarea
        id="message"
        ref={field}
        autoFocus={takesFocus}
        rows={1}
        placeholder="Message"
        enterKeyHint="send"
        value={draft}
        onChange={({ target }) => onDraft(target.value)}
        onKeyDown={onKeyDown}
      />
      {isBusy ? (
        <button key="stop" className="stop" type="button" onClick={onStop}>Stop</button>
      ) : (
        <button key="send" type="submit">Send</button>
      )}
    </form>
  );
}
