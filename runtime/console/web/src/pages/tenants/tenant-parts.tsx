import type { Tenant, TenantState } from "@freehold/kernel/api/tenant";
import { CircleCheck, CircleX, Hourglass, LoaderCircle, Moon, OctagonPause, Trash2, type LucideIcon } from "lucide-react";
import { stateWords } from "./tenant-words.ts";

const icons: Readonly<Record<TenantState, LucideIcon>> = {
  provisioning: LoaderCircle,
  asleep: Moon,
  waiting: Hourglass,
  waking: LoaderCircle,
  awake: CircleCheck,
  "falling-asleep": Moon,
  stopped: OctagonPause,
  failed: CircleX,
  restoring: LoaderCircle,
  removing: Trash2,
  removed: Trash2,
};

/** The looks that jobs have for the same kinds of states. */
const looks: Readonly<Partial<Record<TenantState, string>>> = {
  awake: "succeeded",
  failed: "failed",
  provisioning: "running",
  waking: "running",
  restoring: "running",
  waiting: "waiting-for-limit",
};

export function TenantBadge({ of: { state } }: { of: Pick<Tenant, "state"> }) {
  const Icon = icons[state] ?? Hourglass;
  return (
    <span className={`badge ${looks[state] ?? "queued"}`}>
      <Icon aria-hidden="true" />
      {stateWords[state] ?? state}
    </span>
  );
}
