import { useEffect } from "react";
import { useEnterTenant } from "../../api/tenant-queries.ts";
import { ProblemNotice } from "../../parts/problem-notice.tsx";
import { useTitle } from "../title.ts";

/** On the way to a tenant: whoever came from its host, and is signed in now, is led back there. */
export function EnterPage() {
  useTitle("One moment");
  const wish = Object.fromEntries(new URLSearchParams(location.search));
  const enter = useEnterTenant({ host: wish["host"] ?? "", path: wish["path"] ?? "/", visit: wish["visit"] ?? "" });
  const url = enter.data?.url;
  useEffect(() => {
    if (url !== undefined) location.replace(url);
  }, [url]);
  return (
    <main className="page">
      <h1>One moment</h1>
      {enter.isError ? (
        <ProblemNotice error={enter.error} title="You can't enter there" onRetry={() => void enter.refetch()} />
      ) : (
        <p className="muted" role="status">
          Opening {wish["host"]}…
        </p>
      )}
    </main>
  );
}
