import type { UsageGroup } from "@freehold/kernel/api/usage";
import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Grouping } from "../../api/models-types.ts";
import { formatCompact, formatCost, formatCount, formatDay } from "../../format.ts";
import { ProviderBadge } from "../../parts/state-badge.tsx";
import { inputOf } from "./cost-sums.ts";

const heads: Readonly<Record<Grouping | "day", string>> = { day: "Day", model: "Model", key: "Key", job: "Job" };

export function UsageTable({ by, groups, label }: { by: Grouping | "day"; groups: readonly UsageGroup[]; label: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by keyboard
    <div className="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{heads[by]}</th>
            {by === "model" && <th scope="col">Answered by</th>}
            {["Cost", "Requests", "Failed", "Input", "of it cached", "Output"].map((head) => (
              <th key={head} scope="col" className="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <tr key={`${group.group} ${group.provider}`}>
              <td className="group-name">{nameOf(by, group)}</td>
              {by === "model" && <td>{group.provider !== null && <ProviderBadge provider={group.provider} />}</td>}
              <td className="number">{costOf(group)}</td>
              <td className="number">{formatCount(group.requests)}</td>
              <td className="number">{group.failedRequests === 0 ? "–" : formatCount(group.failedRequests)}</td>
              <td className="number">{formatCompact(inputOf(group))}</td>
              <td className="number">{formatCompact(group.cacheReadTokens)}</td>
              <td className="number">{formatCompact(group.outputTokens)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function nameOf(by: Grouping | "day", { group, name }: UsageGroup): ReactNode {
  if (group === null) return <span className="muted">none named</span>;
  if (by === "day") return formatDay(group);
  if (by === "job") return <Link href={`/jobs/${group}`}>{group.slice(0, 13)}</Link>;
  return by === "key" ? (name ?? <span className="muted">a key that is gone, {group.slice(0, 8)}</span>) : group;
}

/** What the rehearsal answered is free by its nature, which isn't the same as cheap. */
function costOf({ costUsd, requests, rehearsalRequests, unpricedRequests }: UsageGroup): ReactNode {
  if (requests > 0 && rehearsalRequests === requests) return <span className="muted">free</span>;
  if (unpricedRequests > 0 && costUsd === 0) return <span className="muted">no known price</span>;
  return formatCost(costUsd);
}
