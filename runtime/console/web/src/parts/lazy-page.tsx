import { lazy, Suspense, useState, type FunctionComponent, type ReactNode } from "react";
import { ProblemNotice } from "./problem-notice.tsx";
import { SkeletonRows } from "./skeleton.tsx";

/** A component that comes when it is drawn, or sooner. */
export type Lazy<Props> = FunctionComponent<Props> & { preload: () => void };

/** A page that comes when it is opened, which keeps the first load small. */
export const lazyPage = <Props extends object>(title: string, load: () => Promise<FunctionComponent<Props>>): Lazy<Props> =>
  lazyOf(load, <Coming title={title} />, () => <NotLoaded title={title} />);

/** A part of a page that comes when it is shown. */
export const lazyPart = <Props extends object>(load: () => Promise<FunctionComponent<Props>>): Lazy<Props> =>
  lazyOf(load, <SkeletonRows count={3} />, PartNotLoaded);

/** One that is there already is drawn at once: what stands for one that comes would stay for a third of a second at least. */
function lazyOf<Props extends object>(load: () => Promise<FunctionComponent<Props>>, coming: ReactNode, Failed: FunctionComponent): Lazy<Props> {
  let there: FunctionComponent<Props> | undefined;
  let loading: Promise<FunctionComponent<Props>> | undefined;
  const begin = () =>
    (loading ??= load().then(
      (loaded) => (there = loaded),
      () => () => <Failed />,
    ));
  const Later = lazy(async () => ({ default: await begin() })) as unknown as FunctionComponent<Props>;
  function Drawn(props: Props) {
    // Once for all: another component would lose what the page knows.
    const [There] = useState(() => there);
    if (There !== undefined) return <There {...props} />;
    return (
      <Suspense fallback={coming}>
        <Later {...props} />
      </Suspense>
    );
  }
  return Object.assign(Drawn, { preload: () => void begin() });
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
