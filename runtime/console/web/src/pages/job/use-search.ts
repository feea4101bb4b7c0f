import { useEffect, useState } from "react";
import { createSearch, type Found } from "../../log/search.ts";

/** Units: milliseconds between two looks at what was found. */
const everyMs = 150;

/** Looks for a text in a whole log, by reading it through; only what is found is kept. Undefined while nothing is looked for. */
export function useWholeSearch(url: string, wanted: string): Found | undefined {
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    setFound(undefined);
    if (wanted === "") return undefined;
    const left = new AbortController();
    void searchThrough(url, wanted, { signal: left.signal, onFound: setFound }).catch(() => undefined);
    return () => left.abort();
  }, [url, wanted]);
  return found;
}

async function searchThrough(url: string, wanted: string, { signal, onFound }: { signal: AbortSignal; onFound: (found: Found) => void }): Promise<void> {
  const { body } = await fetch(url, { signal });
  if (body === null) return;
  const reader = body.getReader();
  const search = createSearch(wanted);
  let toldAt = 0;
  while (!search.found.isCut) {
    const { done, value } = await reader.read();
    if (done) break;
    search.read(value);
    if (performance.now() - toldAt < everyMs) continue;
    toldAt = performance.now();
    onFound(search.found);
  }
  await reader.cancel();
  search.end();
  if (!signal.aborted) onFound(search.found);
}
