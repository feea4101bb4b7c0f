import type { ReactNode } from "react";
import { Dialog } from "./dialog.tsx";

interface Props {
  title: string;
  children: ReactNode;
  /** What the two buttons say: leave it, do it. */
  no: string;
  yes: string;
  onNo: () => void;
  onYes: () => void;
}

/** Asks before something that can't be taken back. */
export function Question({ title, children, no, yes, onNo, onYes }: Props) {
  return (
    <Dialog title={title} onClose={onNo}>
      <p>{children}</p>
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onNo}>
          {no}
        </button>
        <button type="button" className="button danger" onClick={onYes}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
