import { Monitor, Smartphone } from "lucide-react";
import { useEndSession, useEndSessions, useSessions } from "../../api/account-queries.ts";
import type { Session } from "../../api/account-types.ts";
import { countOf, formatMoment } from "../../format.ts";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";
import { Ago } from "../../parts/time.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { deviceOf, isPhone } from "./device.ts";
import { FieldProblem } from "./field-problem.tsx";

/** Where somebody is signed in, with the means to end it: one's own sessions, or those of a member. */
export function Sessions({ member }: { member?: { id: string; name: string } }) {
  const sessions = useSessions(member?.id);
  const end = useEndSessions(member?.id);
  const others = (sessions.data ?? []).filter(({ current }) => !current).length;
  const endAll = () => end.mutate(undefined, { onSuccess: ({ ended }) => toastDone("Signed out", `${countOf(ended, "session")} ended.`) });
  return (
    <>
      {sessions.isError && <ProblemNotice error={sessions.error} title="The sessions can't be listed now" onRetry={() => void sessions.refetch()} />}
      {sessions.isPending && <SkeletonRows count={2} />}
      {sessions.data !== undefined && sessions.data.length > 0 && (
        <ul className="jobs">
          {sessions.data.map((session) => (
            <SessionItem key={session.id} session={session} />
          ))}
        </ul>
      )}
      {sessions.data?.length === 0 && <p className="muted">{member?.name ?? "Nobody"} is signed in nowhere.</p>}
      <FieldProblem error={end.error} />
      {others > 0 && (
        <button type="button" className="button fit" disabled={end.isPending} onClick={endAll}>
          {member === undefined ? "Sign out everywhere else" : "Sign out everywhere"}
        </button>
      )}
    </>
  );
}

function SessionItem({ session }: { session: Session }) {
  const end = useEndSession();
  const device = deviceOf(session.userAgent);
  const Icon = isPhone(session.userAgent) ? Smartphone : Monitor;
  return (
    <li className="row">
      <Icon aria-hidden="true" />
      <div className="job-words">
        <span className="job-title">
          {device} {session.current && <span className="tag">this one</span>}
        </span>
        <span className="job-facts">
          <span>{session.address}</span>
          <span title={formatMoment(session.createdAt)}>
            since <Ago iso={session.createdAt} />
          </span>
          <span>
            last used <Ago iso={session.lastSeenAt} />
          </span>
        </span>
        <FieldProblem error={end.error} />
      </div>
      {!session.current && (
        <button
          type="button"
          className="button"
          disabled={end.isPending}
          aria-label={`Sign out ${device}, ${session.address}`}
          onClick={() => end.mutate(session.id, { onSuccess: () => toastDone("Signed out", `${device} has to sign in again.`) })}
        >
          Sign out
        </button>
      )}
    </li>
  );
}
