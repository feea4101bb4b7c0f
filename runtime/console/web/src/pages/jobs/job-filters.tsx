import { jobStates } from "@freehold/kernel/api/job-state";
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import { stateWords } from "../../parts/state-badge.tsx";
import { leaveOnEscape } from "../../shell/shortcuts.ts";
import { withState, type JobFilter } from "./filter.ts";

interface Props {
  filter: JobFilter;
  onChange: (filter: JobFilter) => void;
}

/** Units: milliseconds. A pause in writing, after which the worker is asked. */
const pauseMs = 250;

export function JobFilters({ filter, onChange }: Props) {
  return (
    <div className="filters">
      <div className="chips" role="group" aria-label="Show jobs by state">
        <button type="button" className="chip" aria-pressed={filter.states.length === 0} onClick={() => onChange({ ...filter, states: [] })}>
          All
        </button>
        {jobStates.map((state) => (
          <button
            key={state}
            type="button"
            className="chip"
            aria-pressed={filter.states.includes(state)}
            onClick={() => onChange({ ...filter, states: withState(filter.states, state) })}
          >
            {stateWords[state]}
          </button>
        ))}
      </div>
      <div className="filter-fields">
        {filter.schedule !== "" && (
          <button type="button" className="chip" aria-pressed="true" onClick={() => onChange({ ...filter, schedule: "" })}>
            One schedule <X aria-hidden="true" />
            <span className="visually-hidden">: show the jobs of all</span>
          </button>
        )}
        <label className="visually-hidden" htmlFor="job-days">
          Of which days
        </label>
        <select id="job-days" value={filter.days} onChange={(event) => onChange({ ...filter, days: event.target.value as JobFilter["days"] })}>
          <option value="">Any time</option>
          <option value="1">Last day</option>
          <option value="7">Last 7 days</option>
          <option value="30">Last 30 days</option>
        </select>
        <SearchField filter={filter} onChange={onChange} />
      </div>
    </div>
  );
}

function SearchField({ filter, onChange }: Props) {
  const [text, setText] = useState(filter.wanted);
  useEffect(() => setText(filter.wanted), [filter.wanted]);
  useEffect(() => {
    if (text === filter.wanted) return undefined;
    const timer = setTimeout(() => onChange({ ...filter, wanted: text }), pauseMs);
    return () => clearTimeout(timer);
  }, [text, filter, onChange]);
  return (
    <div className="search-field">
      <Search aria-hidden="true" />
      <label htmlFor="job-search" className="visually-hidden">
        Search titles and prompts
      </label>
      <input
        id="job-search"
        type="search"
        placeholder="Search"
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={leaveOnEscape}
      />
      <kbd className="wide-only" aria-hidden="true">
        /
      </kbd>
    </div>
  );
}
