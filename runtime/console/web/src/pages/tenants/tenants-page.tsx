import type { Tenant } from "@freehold/kernel/api/tenant";
import { Bot, Plus } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { useMay } from "../../api/queries.ts";
import { useTenants, useTenantUsage } from "../../api/tenant-queries.ts";
import { formatCost } from "../../format.ts";
import { EmptyState } from "../../parts/empty-state.tsx";
import { MoreButton } from "../../parts/more-button.tsx";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { useTitle } from "../title.ts";
import { AddTenant } from "./tenant-form.tsx";
import { TenantActions } from "./tenant-actions.tsx";
import { TenantBadge } from "./tenant-parts.tsx";
import { ofLimit } from "./tenant-words.ts";
import "../../styles/tenants.css";

export function TenantsPage() {
  useTitle("Assistants");
  const [isAdding, setAdding] = useState(false);
  const isOwner = useMay("owner");
  const tenants = useTenants();
  const all = tenants.data?.pages.flatMap((page) => page.tenants) ?? [];
  return (
    <main className="page">
      <header className="page-header">
        <div>
          <h1>Assistants</h1>
          <p className="muted">One for each person, apart from all others, asleep while nobody needs it.</p>
        </div>
        {isOwner && (
          <button type="button" className="button primary" onClick={() => setAdding(true)}>
            <Plus aria-hidden="true" />
            New assistant
          </button>
        )}
      </header>
      {tenants.isError && <ProblemNotice error={tenants.error} title="The assistants can't be listed now" onRetry={() => void tenants.refetch()} />}
      {tenants.isPending && <SkeletonRows count={4} />}
      {tenants.data !== undefined && all.length === 0 && (
        <EmptyState title="No assistant yet" icon={<Bot />}>
          <p>
            Each gets an address of its own, an OpenClaw that nobody else reaches, a budget for models, and a backup each night.
            {isOwner ? " The button above makes the first one." : " The owner of this home can make one."}
          </p>
        </EmptyState>
      )}
      {all.length > 0 && (
        <ul className="jobs">
          {all.map((tenant) => (
            <Item key={tenant.id} of={tenant} />
          ))}
        </ul>
      )}
      <MoreButton of={tenants} what="assistants" />
      {isAdding && <AddTenant onClose={() => setAdding(false)} />}
    </main>
  );
}

function Item({ of: tenant }: { of: Tenant }) {
  const usage = useTenantUsage(tenant.id, 30_000);
  return (
    <li className="tenant-item">
      <div className="job-words">
        <Link href={`/tenants/${tenant.id}`} className="job-title">
          {tenant.name}
        </Link>
        <span className="job-facts">
          <TenantBadge of={tenant} />
          <code>{tenant.id}</code>
          {tenant.people.length > 0 && <span>{tenant.people.join(", ")}</span>}
        </span>
        {tenant.problem !== null && <span className="job-error">{tenant.problem.message}</span>}
      </div>
      <dl className="tenant-figures">
        <div>
          <dt>Memory</dt>
          <dd>{ofLimit(tenant.state === "awake" ? tenant.usage?.memoryMb : null, tenant.memoryMb)}</dd>
        </div>
        <div>
          <dt>Disk</dt>
          <dd>{ofLimit(tenant.usage?.diskMb, tenant.diskMb)}</dd>
        </div>
        <div>
          <dt>This month</dt>
          <dd>{formatCost(usage.data?.models?.month.costUsd ?? null)}</dd>
        </div>
        <div>
          <dt>Backup</dt>
          <dd>{tenant.lastBackupAt === null ? "none yet" : <Ago iso={tenant.lastBackupAt} />}</dd>
        </div>
      </dl>
      <TenantActions of={tenant} isShort />
    </li>
  );
}
