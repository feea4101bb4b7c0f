/** What every home begins with; they can be changed and deleted like any other template. */
export const seeds: readonly ({ name: string } & Record<string, unknown>)[] = [
  {
    name: "brand-draft",
    title: "Draft from brand and brief",
    description: "Writes a first draft in the voice of a brand, from what you know of the brand and a brief.",
    inputs: [
      { name: "format", label: "What is wanted", kind: "choice", choices: ["blog post", "newsletter", "social media posts", "landing page", "press release"] },
      { name: "brief", label: "Brief: what it is about, for whom, and what they should do", kind: "long-text" },
      { name: "brand", label: "Brand: voice, words to use and to avoid, facts, examples", kind: "long-text", required: false },
      { name: "brand-file", label: "Brand book or examples, as a file", kind: "file", required: false },
      { name: "language", label: "Language", kind: "text", default: "English" },
    ],
    prompt: `Write a {{format}} in {{language}}.

The brief:
{{brief}}

What is known of the brand:
{{brand}}

Read everything in /data first, if there is anything: it is brand material ({{brand-file}}). Where brief and brand material disagree, the brief decides, and you say so.

1. Note in notes.md, in a few lines: the audience, the one thing they should take away, the voice in three adjectives, and the facts that you may use with where each comes from.
2. Write the draft into draft.md. Use only facts from the brief and the brand material; where one is missing write [to be checked: …] instead of inventing it.
3. Read the draft once more as the audience would, against the brief point by point, and mend it.

End with one paragraph: what you made, what is to be checked, and one question whose answer would make it better.`,
    instructions: "You write for people. Be concrete, use short sentences and active verbs, and leave out phrases that could stand in any text of any brand.",
  },
  {
    name: "repository-review",
    title: "Review of a repository",
    description: "Reads a repository, or the code that you upload, and reports what is wrong in it, worst first, with the place of each finding.",
    inputs: [
      { name: "repository", label: "Address of the repository; empty to review the files that you add", kind: "text", required: false },
      { name: "branch", label: "Branch; empty for the default one", kind: "text", required: false },
      { name: "credential", label: "Name of the stored credential, if it is private", kind: "text", required: false },
      {
        name: "focus",
        label: "What to look at",
        kind: "choice",
        choices: ["correctness", "security", "speed", "readability", "all of it"],
        default: "correctness",
      },
      { name: "scope", label: "Folders or files; empty for all", kind: "text", required: false },
      { name: "context", label: "What the code is for, and what worries you", kind: "long-text", required: false },
    ],
    prompt: `Review the code in this folder. What matters: {{focus}}. Only these parts, if any are named: {{scope}}

{{context}}

1. Find out what the project is, how it is built and tested, and what its own rules say (README, contributing guides, configuration of linters).
2. Read the code itself, entry points first. Follow each suspicion to the place that confirms or refutes it; run the tests or a small script where that settles it. Change nothing in the code.
3. Write review.md: a summary of five lines at most; then the findings, worst first, each with severity (critical, high, medium, low), file and line, what happens and when, and the smallest change that would mend it; then what you have looked at and what not.

Report only what you have confirmed. Say clearly what you could not check. No praise, no matters of taste that a formatter settles.`,
    repository: { url: "{{repository}}", branch: "{{branch}}", credential: "{{credential}}" },
    timeoutMs: 7_200_000,
  },
  {
    name: "folder-summary",
    title: "Summary of a folder",
    description: "Reads the files that you add to the job and sums them up, with the source of each statement.",
    inputs: [
      { name: "question", label: "What you want to know; empty for what matters most", kind: "long-text", required: false },
      { name: "length", label: "Length", kind: "choice", choices: ["half a page", "one page", "three pages"], default: "one page" },
      { name: "readers", label: "For whom", kind: "text", default: "someone who has not read any of it" },
    ],
    prompt: `Sum up the files in /data, and those in this folder if there are any. Length: {{length}}. Readers: {{readers}}.

What is wanted: {{question}}

1. List all files and read every one that can be read; long ones in parts, to the end. Note those that can't be read.
2. Write summary.md: first the answer, or what matters most, in three sentences; then the rest by subject, not by file. Put the file's name in brackets after each statement. Where files contradict one another, show both.
3. Add a table of all files with one line each: what it is, its date if it has one, whether it was used.

Use nothing that is not in the files.`,
  },
];
