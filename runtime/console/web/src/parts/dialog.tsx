import { X } from "lucide-react";
import { useEffect, useRef, type ReactNode } from "react";
import { createPortal } from "react-dom";

interface Props {
  title: string;
  onClose: () => void;
  /** It holds what is shown only once: neither Escape nor a click beside it closes it, only a button of its own. */
  isHeld?: boolean;
  /** For forms: what was written in it is not lost by a click beside it. */
  isWide?: boolean;
  children: ReactNode;
}

/** A modal dialog: the browser's own, which keeps the focus, ends at Escape and gives the focus back. */
export function Dialog({ title, onClose, isHeld = false, isWide = false, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    ref.current?.showModal();
  }, []);
  return createPortal(
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- Escape does the same for the keyboard
    <dialog
      ref={ref}
      className={`dialog${isHeld ? " held" : ""}${isWide ? " wide" : ""}`}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => !isHeld && !isWide && event.target === ref.current && onClose()}
      onKeyDown={(event) => {
        // What is typed here is not for the form that it was opened from.
        event.stopPropagation();
        if (isHeld && event.key === "Escape") event.preventDefault();
      }}
    >
      <div className="dialog-body">
        <header>
          <h2>{title}</h2>
          {!isHeld && (
            <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
              <X aria-hidden="true" />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>,
    document.body,
  );
}
