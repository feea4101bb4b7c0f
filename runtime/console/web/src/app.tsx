import { QueryClientProvider } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { Toaster } from "sonner";
import { Route, Switch } from "wouter";
import { queryClient, useSession } from "./api/queries.ts";
import { EmptyState } from "./parts/empty-state.tsx";
import { lazyPage } from "./parts/lazy-page.tsx";
import { ProblemNotice } from "./parts/problem-notice.tsx";
import { SignInPage } from "./pages/sign-in-page.tsx";
import { ReleaseBanner } from "./shell/release-banner.tsx";
import { Logo } from "./shell/logo.tsx";
import { Shell } from "./shell/shell.tsx";
import { useTheme } from "./shell/theme.ts";

const JobsPage = lazyPage("Jobs", async () => (await import("./pages/jobs/jobs-page.tsx")).JobsPage);
const BackupsPage = lazyPage("Backups", async () => (await import("./pages/backups-page.tsx")).BackupsPage);
const HomePage = lazyPage("Home", async () => (await import("./pages/home-page.tsx")).HomePage);
const JobPage = lazyPage("Job", async () => (await import("./pages/job/job-page.tsx")).JobPage);
const ModelsPage = lazyPage("Models", async () => (await import("./pages/models/models-page.tsx")).ModelsPage);
const SchedulesPage = lazyPage("Schedules", async () => (await import("./pages/schedules/schedules-page.tsx")).SchedulesPage);
const SchedulePage = lazyPage("Schedule", async () => (await import("./pages/schedules/schedule-page.tsx")).SchedulePage);
const TemplatesPage = lazyPage("Templates", async () => (await import("./pages/templates/templates-page.tsx")).TemplatesPage);
const NoticesPage = lazyPage("Notices", async () => (await import("./pages/notices/notices-page.tsx")).NoticesPage);
const ApprovalsPage = lazyPage("Approvals", async () => (await import("./pages/approvals/approvals-page.tsx")).ApprovalsPage);
const SettingsPage = lazyPage("Settings", async () => (await import("./pages/settings/settings-page.tsx")).SettingsPage);
const InvitationPage = lazyPage("Invitation", async () => (await import("./pages/invitation-page.tsx")).InvitationPage);
const MetricsPage = lazyPage("Metrics", async () => (await import("./pages/metrics/metrics-page.tsx")).MetricsPage);
const TenantsPage = lazyPage("Assistants", async () => (await import("./pages/tenants/tenants-page.tsx")).TenantsPage);
const TenantPage = lazyPage("Assistant", async () => (await import("./pages/tenants/tenant-page.tsx")).TenantPage);
const EnterPage = lazyPage("One moment", async () => (await import("./pages/tenants/enter-page.tsx")).EnterPage);
const ApiPage = lazyPage("API", async () => (await import("./pages/api/api-page.tsx")).ApiPage);

export function App() {
  const { theme } = useTheme();
  return (
    <QueryClientProvider client={queryClient}>
      <ReleaseBanner />
      <Switch>
        <Route path="/invitation" component={InvitationPage} />
        <Route>
          <Gate />
        </Route>
      </Switch>
      <Toaster theme={theme} position="bottom-right" closeButton mobileOffset={{ bottom: "76px" }} />
    </QueryClientProvider>
  );
}

/** Whoever isn't signed in sees the sign-in page, at whatever address they came to, and is there once signed in. */
function Gate() {
  const session = useSession();
  // Whoever comes in sees the pages drawn in slices, so that a phone can be touched meanwhile; whoever goes out sees nothing of them at once.
  const known = useDeferredValue(session.data);
  if (session.isError)
    return (
      <main className="curtain">
        <ProblemNotice error={session.error} title="The console can't tell whether you are signed in" onRetry={() => void session.refetch()} />
      </main>
    );
  if (session.data === null || known === null) return <SignInPage />;
  return known === undefined ? <Curtain /> : <Pages />;
}

/** The same as index.html has before there is any script. */
function Curtain() {
  return (
    <main className="curtain" aria-busy="true">
      <p className="brand">
        <Logo />
        <span>Freehold</span>
      </p>
    </main>
  );
}

function Pages() {
  return (
    <Shell>
      <Switch>
        <Route path="/" component={JobsPage} />
        <Route path="/jobs" component={JobsPage} />
        <Route path="/jobs/:id/:tab?">{({ id, tab }) => <JobPage key={id} id={id} tab={tab} />}</Route>
        <Route path="/models/:tab?">{({ tab }) => <ModelsPage tab={tab} />}</Route>
        <Route path="/schedules" component={SchedulesPage} />
        <Route path="/schedules/:id">{({ id }) => <SchedulePage key={id} id={id} />}</Route>
        <Route path="/approvals" component={ApprovalsPage} />
        <Route path="/settings/:tab?">{({ tab }) => <SettingsPage tab={tab} />}</Route>
        {/* /metrics is the service's own, closed at the edge. */}
        <Route path="/metrics-of-home" component={MetricsPage} />
        <Route path="/api-reference" component={ApiPage} />
        <Route path="/templates" component={TemplatesPage} />
        <Route path="/notices" component={NoticesPage} />
        <Route path="/backups" component={BackupsPage} />
        <Route path="/tenants" component={TenantsPage} />
        <Route path="/tenants/:id">{({ id }) => <TenantPage key={id} id={id} />}</Route>
        <Route path="/enter" component={EnterPage} />
        <Route path="/home" component={HomePage} />
        <Route>
          <main className="page">
            <EmptyState title="There is nothing here">The address is mistyped, or what was here is gone.</EmptyState>
          </main>
        </Route>
      </Switch>
    </Shell>
  );
}
