/** A question or a small form in front of the page. Escape closes it, the focus returns. */

import { AlertDialog, Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button.js";
import { classes } from "./class-names.js";
import { useFocusBack } from "./focus-back.js";

const OVERLAY = "fixed inset-0 z-40 bg-black/40";
const BOX = "fixed top-1/2 left-1/2 z-50 flex max-h-[90dvh] -translate-x-1/2 -translate-y-1/2 flex-col gap-3 overflow-y-auto rounded-2xl border bg-raised p-5 shadow-float outline-none";

interface FormDialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function FormDialog({ title, onClose, children }: FormDialogProps): ReactNode {
  const giveBack = useFocusBack();
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={OVERLAY} />
        <Dialog.Content aria-describedby={undefined} onCloseAutoFocus={giveBack} className={classes(BOX, "w-[min(40rem,calc(100vw-1.5rem))]")}>
          <Dialog.Title className="text-base font-semibold">{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly text: ReactNode;
  /** What is done, as `Delete`. */
  readonly action: string;
  /** Whether something is lost by it. */
  readonly isGrave?: boolean;
  readonly onConfirm: () => void;
  /** What is pressed to ask: one element that takes a ref. */
  readonly children: ReactNode;
}

/** Asks before something that cannot be taken back, or is more than it seems. */
export function Confirm({ title, text, action, isGrave = true, onConfirm, children }: ConfirmProps): ReactNode {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{children}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={OVERLAY} />
        <AlertDialog.Content className={classes(BOX, "w-[min(26rem,calc(100vw-1.5rem))]")}>
          <AlertDialog.Title className="text-base font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description className="text-[13px] text-soft">{text}</AlertDialog.Description>
          <div className="flex justify-end gap-2 pt-1">
            <AlertDialog.Cancel asChild><Button>Cancel</Button></AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look={isGrave ? "plain" : "main"} className={isGrave ? "border-bad! bg-bad-tint! font-semibold text-bad!" : ""} onClick={onConfirm}>{action}</Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
