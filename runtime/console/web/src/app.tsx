import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Toaster } from "sonner";
import { Route, Switch } from "wouter";
import { queryClient, useSession } from "./api/queries.ts";
import { EmptyState } from "./parts/empty-state.tsx";
import { ProblemNotice } from "./parts/problem-notice.tsx";
import { SkeletonRows } from "./parts/skeleton.tsx";
import { BackupsPage } from "./pages/backups-page.tsx";
import { HomePage } from "./pages/home-page.tsx";
import { JobPage } from "./pages/job/job-page.tsx";
import { JobsPage } from "./pages/jobs/jobs-page.tsx";
import { SignInPage } from "./pages/sign-in-page.tsx";
import { ReleaseBanner } from "./shell/release-banner.tsx";
import { Shell } from "./shell/shell.tsx";
import { useTheme } from "./shell/theme.ts";

// Opened less often than jobs: they come when they are, which keeps the first load small.
const ModelsPage = lazy(() =>
  import("./pages/models/models-page.tsx").then(
    (loaded) => ({ default: loaded.ModelsPage }),
    () => ({ default: NotLoaded }),
  ),
);
const SettingsPage = lazy(() =>
  import("./pages/settings/settings-page.tsx").then(
    (loaded) => ({ default: loaded.SettingsPage }),
    () => ({ default: NotLoaded }),
  ),
);
const InvitationPage = lazy(() =>
  import("./pages/invitation-page.tsx").then(
    (loaded) => ({ default: loaded.InvitationPage }),
    () => ({ default: NotLoaded }),
  ),
);

export function App() {
  const { theme } = useTheme();
  return (
    <QueryClientProvider client={queryClient}>
      <ReleaseBanner />
      <Switch>
        <Route path="/invitation">
          <Suspense fallback={<Curtain />}>
            <InvitationPage />
          </Suspense>
        </Route>
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
  if (session.isPending) return <Curtain />;
  if (session.isError)
    return (
      <main className="curtain">
        <ProblemNotice error={session.error} title="The console can't tell whether you are signed in" onRetry={() => void session.refetch()} />
      </main>
    );
  return session.data === null ? <SignInPage /> : <Pages />;
}

function Curtain() {
  return (
    <main className="curtain" aria-busy="true">
      <span className="visually-hidden">Loading</span>
    </main>
  );
}

function Pages() {
  return (
    <Shell>
      <Switch>
        <Route path="/" component={JobsPage} />
        <Route path="/jobs/:id/:tab?">{({ id, tab }) => <JobPage key={id} id={id} tab={tab} />}</Route>
        <Route path="/models/:tab?">
          {({ tab }) => (
            <Suspense fallback={<Coming title="Models" />}>
              <ModelsPage tab={tab} />
            </Suspense>
          )}
        </Route>
        <Route path="/settings/:tab?">
          {({ tab }) => (
            <Suspense fallback={<Coming title="Settings" />}>
              <SettingsPage tab={tab} />
            </Suspense>
          )}
        </Route>
        <Route path="/backups" component={BackupsPage} />
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

function Coming({ title }: { title: string }) {
  return (
    <main className="page">
      <h1>{title}</h1>
      <SkeletonRows count={4} />
    </main>
  );
}

/** The parts of a page are gone once the console was renewed; a new load brings the new ones. */
function NotLoaded() {
  const error = new Error("The console was perhaps renewed since this page was opened, or can't be reached now. Load the page anew.");
  return (
    <main className="page">
      <ProblemNotice error={error} title="This page can't be loaded" onRetry={() => location.reload()} />
    </main>
  );
}
