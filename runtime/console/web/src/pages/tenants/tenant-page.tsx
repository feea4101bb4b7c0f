import type { Tenant } from "@freehold/kernel/api/tenant";
import { ChevronLeft, CloudUpload, History, KeyRound, Pencil, Trash2 } from "lucide-react";
import { useState, type ComponentType, type ReactNode } from "react";
import { Link } from "wouter";
import { ApiError } from "../../api/client.ts";
import { useMay } from "../../api/queries.ts";
import { useBackUpTenant, useTenant, useTenantUsage } from "../../api/tenant-queries.ts";
import { formatCost, formatCount, formatMoment } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { Menu } from "../../parts/menu.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { useTitle } from "../title.ts";
import { NewToken, RemoveTenant, RestoreTenant } from "./tenant-dialogs.tsx";
import { ChangeTenant } from "./tenant-form.tsx";
import { Diagnosis, TenantEvents, TenantLog } from "./tenant-insight.tsx";
import { TenantActions } from "./tenant-actions.tsx";
import { TenantBadge } from "./tenant-parts.tsx";
import { ofLimit, originOf } from "./tenant-words.ts";
import "../../styles/tenants.css";

export function TenantPage({ id }: { id: string }) {
  const tenant = useTenant(id);
  const mayOperate = useMay("operator");
  useTitle(tenant.data?.name ?? "Assistant");
  if (tenant.data === undefined) return <NoTenant error={tenant.error} onRetry={() => void tenant.refetch()} />;
  const { problem } = tenant.data;
  return (
    <main className="page">
      <Header of={tenant.data} />
      {problem !== null && <ProblemNotice error={new Error(problem.message)} title="Something is wrong with it" />}
      <div className="tenant-columns">
        <Facts of={tenant.data} />
        <Use id={id} />
      </div>
      <TenantEvents id={id} />
      {mayOperate && <Diagnosis id={id} />}
      {mayOperate && <TenantLog id={id} />}
    </main>
  );
}

function NoTenant({ error, onRetry }: { error: Error | null; onRetry: () => void }) {
  const unknown = error instanceof ApiError && (error.status === 404 || error.status === 400);
  return (
    <main className="page">
      <h1 className="visually-hidden">Assistant</h1>
      {error === null ? (
        <SkeletonRows count={4} />
      ) : unknown ? (
        <EmptyState title="There is no such assistant">
          <p>{error.message}</p>
          <Link href="/tenants" className="button">
            All assistants
          </Link>
        </EmptyState>
      ) : (
        <ProblemNotice error={error} title="This assistant can't be shown now" onRetry={onRetry} />
      )}
    </main>
  );
}

type Doing = "change" | "token" | "restore" | "remove";
const dialogs: Readonly<Record<Doing, ComponentType<{ of: Tenant; onClose: () => void }>>> = {
  change: ChangeTenant,
  token: NewToken,
  restore: RestoreTenant,
  remove: RemoveTenant,
};

function Header({ of: tenant }: { of: Tenant }) {
  const [doing, setDoing] = useState<Doing>();
  const Doing = doing && dialogs[doing];
  const backUp = useBackUpTenant(tenant.id);
  const isOwner = useMay("owner");
  const mayOperate = useMay("operator");
  const isGone = tenant.state === "removing" || tenant.state === "removed";
  const backUpNow = () => backUp.mutate(undefined, { onSuccess: () => toastDone("Backed up", tenant.name) });
  const items = [
    ...(mayOperate ? [{ label: backUp.isPending ? "Backing up…" : "Back up now", icon: CloudUpload, isDisabled: backUp.isPending, onChoose: backUpNow }] : []),
    ...(isOwner
      ? [
          { label: "Change", icon: Pencil, onChoose: () => setDoing("change") },
          { label: "Restore to a date", icon: History, onChoose: () => setDoing("restore") },
          { label: "New token", icon: KeyRound, onChoose: () => setDoing("token") },
          { label: "Remove", icon: Trash2, isDanger: true, onChoose: () => setDoing("remove") },
        ]
      : []),
  ];
  return (
    <header className="page-header tenant-header">
      <div>
        <Link href="/tenants" className="back">
          <ChevronLeft aria-hidden="true" />
          Assistants
        </Link>
        <h1>{tenant.name}</h1>
        <p className="tenant-state" aria-live="polite">
          <TenantBadge of={tenant} />
          {tenant.removeAt !== null && <span className="muted">its files are erased {formatMoment(tenant.removeAt)}</span>}
        </p>
      </div>
      <div className="header-buttons">
        <TenantActions of={tenant} />
        {!isGone && items.length > 0 && <Menu label="More for this assistant" items={items} />}
      </div>
      {Doing !== undefined && <Doing of={tenant} onClose={() => setDoing(undefined)} />}
    </header>
  );
}

function Facts({ of: tenant }: { of: Tenant }) {
  const { budget } = tenant;
  const bounds = [
    ...(budget.dailyUsd === null ? [] : [`${formatCost(budget.dailyUsd)} a day`]),
    ...(budget.monthlyUsd === null ? [] : [`${formatCost(budget.monthlyUsd)} a month`]),
  ];
  const facts: [string, ReactNode][] = [
    ["Address", <code key="address">{new URL(originOf(tenant.id, location)).host}</code>],
    ...(tenant.domains.length > 0 ? [["Own domains", tenant.domains.join(", ")] as [string, string]] : []),
    ["Who may enter", ["the owner", ...tenant.people].join(", ")],
    ["Budget", bounds.length === 0 ? "no bound" : bounds.join(", ")],
    ["Internet", tenant.internet ? "yes" : "no"],
    ["Falls asleep", tenant.idleMinutes === 0 ? "never" : `after ${tenant.idleMinutes} minutes`],
    ["Last used", tenant.lastActiveAt === null ? "never" : <Ago key="used" iso={tenant.lastActiveAt} />],
    ["Last backup", tenant.lastBackupAt === null ? "none yet" : <Ago key="backup" iso={tenant.lastBackupAt} />],
    ["Made", <Ago key="made" iso={tenant.createdAt} />],
    ["Image", <code key="image">{tenant.image}</code>],
  ];
  return (
    <section className="card" aria-label="What it is">
      <dl className="facts kept">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Use({ id }: { id: string }) {
  const { data: usage } = useTenantUsage(id);
  if (usage === undefined) return <section className="card" aria-label="What it takes" aria-busy="true" />;
  const tokens = (use: { inputTokens: number; outputTokens: number }) => formatCount(use.inputTokens + use.outputTokens);
  return (
    <section className="card" aria-label="What it takes">
      <dl className="facts kept">
        <div>
          <dt>Memory</dt>
          <dd>{ofLimit(usage.memoryMb, usage.memoryLimitMb)}</dd>
        </div>
        <div>
          <dt>CPU</dt>
          <dd>
            {Math.round(usage.cpuPercent)} % of {Math.round(usage.cpuLimitPercent)} %
          </dd>
        </div>
        <div>
          <dt>Disk</dt>
          <dd>{ofLimit(usage.diskMb, usage.diskLimitMb)}</dd>
        </div>
        {usage.models !== null && (
          <>
            <div>
              <dt>Today</dt>
              <dd>
                {formatCost(usage.models.today.costUsd)}, {tokens(usage.models.today)} tokens
              </dd>
            </div>
            <div>
              <dt>This month</dt>
              <dd>
                {formatCost(usage.models.month.costUsd)}, {tokens(usage.models.month)} tokens
              </dd>
            </div>
          </>
        )}
      </dl>
    </section>
  );
}
