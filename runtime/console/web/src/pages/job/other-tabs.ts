// The tabs of a job besides its log, in one file of the build.
export { JobChanges } from "./job-changes.tsx";
export { JobDetails } from "./job-details.tsx";
export { JobEdits } from "./job-edits.tsx";
export { JobFiles } from "./job-files.tsx";
