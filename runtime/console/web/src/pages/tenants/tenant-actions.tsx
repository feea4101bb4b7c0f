import type { Tenant } from "@freehold/kernel/api/tenant";
import { ExternalLink, Moon, Play, RotateCw, Square, Sun, Undo2, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { useMay } from "../../api/queries.ts";
import { useTenantAct } from "../../api/tenant-queries.ts";
import { Question } from "../../parts/question.tsx";
import { offersFor, originOf, type Offer } from "./tenant-words.ts";

const buttons: Readonly<Record<Offer, { label: string; icon: LucideIcon }>> = {
  wake: { label: "Wake", icon: Sun },
  hibernate: { label: "Sleep", icon: Moon },
  start: { label: "Start", icon: Play },
  restart: { label: "Restart", icon: RotateCw },
  stop: { label: "Stop", icon: Square },
  keep: { label: "Keep it", icon: Undo2 },
};

/** The way in, and what can be done with it as it stands. */
export function TenantActions({ of: tenant, isShort = false }: { of: Tenant; isShort?: boolean }) {
  const act = useTenantAct(tenant.id);
  const [stopping, setStopping] = useState(false);
  const mayOperate = useMay("operator");
  const isOwner = useMay("owner");
  const offers = offersFor(tenant).filter((offer) => (offer === "keep" ? isOwner : mayOperate));
  const shown = isShort ? offers.slice(0, 1) : offers;
  const isGone = tenant.state === "removing" || tenant.state === "removed";
  return (
    <div className="header-buttons">
      {!isGone && (
        <a className="button" href={originOf(tenant.id, location)} target="_blank" rel="noreferrer">
          <ExternalLink aria-hidden="true" />
          Open
          <span className="visually-hidden"> {tenant.name}</span>
        </a>
      )}
      {shown.map((offer) => {
        const { label, icon: Icon } = buttons[offer];
        const choose = () => (offer === "stop" ? setStopping(true) : act.mutate(offer));
        return (
          <button key={offer} type="button" className="button" disabled={act.isPending} onClick={choose}>
            <Icon aria-hidden="true" />
            {label}
            <span className="visually-hidden"> {tenant.name}</span>
          </button>
        );
      })}
      {stopping && (
        <Question
          title={`Stop ${tenant.name}?`}
          no="Let it run"
          yes="Stop it"
          onNo={() => setStopping(false)}
          onYes={() => {
            setStopping(false);
            act.mutate("stop");
          }}
        >
          It ends what it does now, and stays stopped until somebody starts it: neither visitors nor its schedules wake it.
        </Question>
      )}
    </div>
  );
}
