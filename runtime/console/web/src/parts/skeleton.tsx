/** Grey bars where rows will be, so that nothing jumps when they come. */
export function SkeletonRows({ count }: { count: number }) {
  return (
    <div className="skeleton" aria-busy="true">
      <span className="visually-hidden">Loading</span>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} className="skeleton-row" />
      ))}
    </div>
  );
}
