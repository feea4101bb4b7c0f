import { lazy, Suspense, type ComponentType } from "react";
import { ProblemNotice } from "./problem-notice.tsx";
import { SkeletonRows } from "./skeleton.tsx";

/** A page that comes when it is opened, which keeps the first load small. */
export function lazyPage<Props extends object>(title: string, load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const Page = lazy(() =>
    load().then(
      (loaded) => ({ default: loaded }),
      () => ({ default: () => <NotLoaded title={title} /> }),
    ),
  ) as ComponentType<Props>;
  return function LazyPage(props: Props) {
    return (
      <Suspense fallback={<Coming title={title} />}>
        <Page {...props} />
      </Suspense>
    );
  };
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
function NotLoaded({ title }: { title: string }) {
  const error = new Error("The console was perhaps renewed since this page was opened, or can't be reached now. Load the page anew.");
  return (
    <main className="page">
      <h1>{title}</h1>
      <ProblemNotice error={error} title="This page can't be loaded" onRetry={() => location.reload()} />
    </main>
  );
}
