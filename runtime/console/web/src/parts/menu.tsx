import { Ellipsis, type LucideIcon } from "lucide-react";
import { createElement, useEffect, useId, useRef, useState, type KeyboardEvent } from "react";

export interface MenuItem {
  label: string;
  icon: LucideIcon;
  onChoose: () => void;
  isDanger?: boolean;
  isDisabled?: boolean;
}

/** A button with what else can be done. The arrows walk through it, Escape closes it and gives the focus back. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    choices(frame.current)[0]?.focus();
    const close = (event: PointerEvent) => void (frame.current?.contains(event.target as Node) === true || setOpen(false));
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <div className="menu" ref={frame}>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Ellipsis aria-hidden="true" />
      </button>
      {open && <Items id={id} label={label} items={items} onClose={close} />}
    </div>
  );
}

const choices = (frame: HTMLElement | null) => [...(frame?.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)") ?? [])];

function Items({ id, label, items, onClose }: { id: string; label: string; items: readonly MenuItem[]; onClose: () => void }) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Escape") event.preventDefault();
    if (event.key === "Escape" || event.key === "Tab") onClose();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const all = choices(event.currentTarget);
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length]?.focus();
  };
  const choose = (item: MenuItem) => {
    onClose();
    item.onChoose();
  };
  return (
    <div className="menu-items" id={id} role="menu" tabIndex={-1} aria-label={label} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={item.isDanger === true ? "danger" : undefined}
          disabled={item.isDisabled}
          onClick={() => choose(item)}
        >
          {createElement(item.icon, { "aria-hidden": true })}
          {item.label}
        </button>
      ))}
    </div>
  );
}
