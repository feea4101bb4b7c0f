interface Paged {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

/** Brings the next page of a list, where there is one. */
export function MoreButton({ of, what }: { of: Paged; what: string }) {
  if (!of.hasNextPage) return null;
  return (
    <div className="more">
      <button type="button" className="button" disabled={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>
        {of.isFetchingNextPage ? "Loading…" : `Show older ${what}`}
      </button>
    </div>
  );
}
