import type { ReactNode } from "react";
import { Link } from "wouter";
import { useHome } from "../../api/queries.ts";
import { countOf } from "../../format.ts";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { SkeletonRows } from "../../parts/skeleton.tsx";

/** What this home is, in facts; whether it is well, Home says. */
export function HouseTab() {
  const home = useHome();
  return (
    <>
      {home.isError && <ProblemNotice error={home.error} title="The home can't be asked now" onRetry={() => void home.refetch()} />}
      {home.isPending && <SkeletonRows count={3} />}
      {home.data !== undefined && (
        <dl className="house-facts">
          <Fact name="Stack">{home.data.stack}</Fact>
          <Fact name="Version">{home.data.version}</Fact>
          <Fact name="Console">
            <a href={home.data.publicOrigin}>{home.data.publicOrigin}</a>
          </Fact>
          <Fact name="Models, for programs">{home.data.gatewayOrigin}</Fact>
          <Fact name="API, for programs">
            <Link href="/api-reference">every route, to be tried</Link>
          </Fact>
          <Fact name="Provider that answers">{home.data.provider ?? "none can be asked now"}</Fact>
          <Fact name="Services">{home.data.services.map(({ name }) => name).join(", ")}</Fact>
          <Fact name="The audit log is kept">{countOf(home.data.auditKeepDays, "day")}</Fact>
        </dl>
      )}
      <p className="muted lead">
        Settings of the services are in the home's stack file, <code>Pulumi.{home.data?.stack ?? "dev"}.yaml</code>; <code>npm start</code> puts changes into
        effect.
      </p>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
