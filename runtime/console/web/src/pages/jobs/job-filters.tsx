import { Search } from "lucide-react";
import { jobStates, type JobState } from "../../api/types.ts";
import { leaveOnEscape } from "../../shell/shortcuts.ts";

interface Props {
  state: JobState | undefined;
  onState: (state: JobState | undefined) => void;
  wanted: string;
  onWanted: (text: string) => void;
}

export function JobFilters({ state, onState, wanted, onWanted }: Props) {
  return (
    <div className="filters">
      <div className="chips" role="group" aria-label="Show jobs by state">
        {[undefined, ...jobStates].map((choice) => (
          <button key={choice ?? "all"} type="button" className="chip" aria-pressed={choice === state} onClick={() => onState(choice)}>
            {choice === undefined ? "All" : choice[0]!.toUpperCase() + choice.slice(1)}
          </button>
        ))}
      </div>
      <div className="search-field">
        <Search aria-hidden="true" />
        <label htmlFor="job-search" className="visually-hidden">
          Search the jobs shown
        </label>
        <input id="job-search" type="search" placeholder="Search" value={wanted} onChange={(event) => onWanted(event.target.value)} onKeyDown={leaveOnEscape} />
        <kbd className="wide-only" aria-hidden="true">
          /
        </kbd>
      </div>
    </div>
  );
}
