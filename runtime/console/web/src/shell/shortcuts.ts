import { useEffect, useRef } from "react";

/** What the keyboard can do, as the help shows it. */
export const shortcuts: readonly { keys: string; does: string }[] = [
  { keys: "n", does: "Write a new job" },
  { keys: "Ctrl Enter", does: "Run it and watch" },
  { keys: "Ctrl Shift Enter", does: "Queue it and stay" },
  { keys: "/", does: "Search jobs, or the log" },
  { keys: "j  k", does: "Next and previous job" },
  { keys: "Enter", does: "Open the job" },
  { keys: "f", does: "Follow the log, or let go" },
  { keys: "r", does: "Raw log" },
  { keys: "a", does: "Ask an ended job for more" },
  { keys: "1  2  3", does: "The tabs of a job, of Models, or of Settings" },
  { keys: "Esc", does: "Leave a field, close a dialog" },
  { keys: "?", does: "This help" },
];

type Handlers = Readonly<Record<string, () => void>>;

/** Runs a handler when its key is pressed outside of fields and dialogs, without Ctrl, Alt or Meta. */
export function useShortcuts(handlers: Handlers): void {
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
      const handler = Object.hasOwn(latest.current, event.key) ? latest.current[event.key] : undefined;
      if (handler === undefined || document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      handler();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}

const isWriting = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Escape takes the focus out of a field, so that the shortcuts work again. What was written in it stays: browsers would empty a search. */
export const leaveOnEscape = (event: { key: string; currentTarget: HTMLElement; preventDefault(): void }): void => {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.currentTarget.blur();
};

/** Ctrl and Enter send a form from any of its fields, also from those in which Enter alone begins a new line. */
export const submitOnCtrlEnter = (event: { key: string; ctrlKey: boolean; metaKey: boolean; currentTarget: HTMLFormElement; preventDefault(): void }): void => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
};
