import { Ellipsis } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { usePendingCount } from "../api/approval-queries.ts";
import { useHome, useMay } from "../api/queries.ts";
import { Dialog } from "../parts/dialog.tsx";
import { places, type Place } from "./places.ts";

/** Where one can go. On a phone the first places stand below, the others behind "More". */
export function Navigation() {
  const [path] = useLocation();
  const [more, setMore] = useState(false);
  useEffect(() => setMore(false), [path]);
  const isOwner = useMay("owner");
  const open = places.filter(({ least }) => least !== "owner" || isOwner);
  const behindMore = open.filter(({ isFirst }) => isFirst !== true);
  return (
    <nav aria-label="Pages">
      {open.map((place) => (
        <PlaceLink key={place.href} place={place} path={path} />
      ))}
      <button
        type="button"
        className="nav-link nav-more"
        aria-haspopup="dialog"
        aria-current={behindMore.some(({ isAt }) => isAt(path)) ? "page" : undefined}
        onClick={() => setMore(true)}
      >
        <Ellipsis aria-hidden="true" />
        <span>More</span>
      </button>
      {more && (
        <Dialog title="More" onClose={() => setMore(false)}>
          <div className="nav-sheet">
            {behindMore.map((place) => (
              <PlaceLink key={place.href} place={place} path={path} onGo={() => setMore(false)} />
            ))}
          </div>
        </Dialog>
      )}
    </nav>
  );
}

function PlaceLink({ place: { href, label, icon: Icon, isAt, isFirst }, path, onGo }: { place: Place; path: string; onGo?: () => void }) {
  return (
    <Link href={href} className={`nav-link${isFirst === true ? "" : " lesser"}`} aria-current={isAt(path) ? "page" : undefined} onClick={onGo}>
      <Icon aria-hidden="true" />
      <span>{label}</span>
      {href === "/home" && <Attention />}
      {href === "/approvals" && <Pending />}
    </Link>
  );
}

/** A dot beside "Home" while something there isn't ready. */
function Attention() {
  const { data } = useHome();
  if (data === undefined || data.services.every(({ ready }) => ready)) return null;
  return (
    <span className="attention">
      <span className="visually-hidden">(needs attention)</span>
    </span>
  );
}

/** How many jobs wait for an answer. */
function Pending() {
  const count = usePendingCount();
  if (count === 0) return null;
  return (
    <span className="count">
      {count}
      <span className="visually-hidden"> waiting</span>
    </span>
  );
}
