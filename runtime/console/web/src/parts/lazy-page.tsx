import { lazy, Suspense, type ComponentType, type ReactNode } from "react";
import { ProblemNotice } from "./problem-notice.tsx";
import { SkeletonRows } from "./skeleton.tsx";

/** A page that comes when it is opened, which keeps the first load small. */
export const lazyPage = <Props extends object>(title: string, load: () => Promise<ComponentType<Props>>): ComponentType<Props> =>
  lazyOf(load, <Coming title={title} />, () => <NotLoaded title={title} />);

/** A part of a page that comes when it is shown. */
export const lazyPart = <Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> =>
  lazyOf(load, <SkeletonRows count={3} />, PartNotLoaded);

function lazyOf<Props extends object>(load: () => Promise<ComponentType<Props>>, coming: ReactNode, Failed: ComponentType): ComponentType<Props> {
  const Loaded = lazy(() =>
    load().then(
      (loaded) => ({ default: loaded }),
      () => ({ default: () => <Failed /> }),
    ),
  ) as ComponentType<Props>;
  return function Lazy(props: Props) {
    return (
      <Suspense fallback={coming}>
        <Loaded {...props} />
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
const notLoaded = new Error("The console was perhaps renewed since this page was opened, or can't be reached now. Load the page anew.");

function NotLoaded({ title }: { title: string }) {
  return (
    <main className="page">
      <h1>{title}</h1>
      <ProblemNotice error={notLoaded} title="This page can't be loaded" onRetry={() => location.reload()} />
    </main>
  );
}

const PartNotLoaded = () => <ProblemNotice error={notLoaded} title="This part can't be loaded" onRetry={() => location.reload()} />;
