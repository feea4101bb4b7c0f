/** One command of git's, to be run in a container of its own. Units: milliseconds. */
export interface GitTask {
  argv: string[];
  env: Record<string, string>;
  workspace: "none" | "read-only" | "read-write";
  mirror: "none" | "read-only" | "read-write";
  network: boolean;
  timeoutMs: number;
}

/** What opens the remote; only tasks without a workspace get it. */
export interface RemoteAccess {
  url: string;
  credential: { origin: string; username: string; token: string } | null;
}

const minute = 60_000;

/** What a script prints comes as base64 in one line, so that it can't be taken for what the container says on stderr. */
const scripted = (body: string) => `set -euo pipefail\n{\n${body}\n} | base64 --wrap=0`;

/** One task at a time changes a mirror, over all containers; the lock goes with the container that holds it. */
const lockMirror = `exec 9>>/mirror/freehold.lock
flock --wait 900 9
touch /mirror/freehold.lock
cd /mirror
test -e HEAD || git init --quiet --bare --initial-branch=main . >&2`;

/**
 * Git as it runs where a job has written: its configuration, hooks and watchers are the job's own and might be programs. They see nothing there that
 * the job did not see.
 */
const carefulGit = `g() { git -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.untrackedCache=false -c core.quotePath=false -c commit.gpgSign=false -c gc.auto=0 "$@"; }`;

const fetchScript = scripted(`url=$1 branch=$2 job=$3; shift 3
${lockMirror}
# Locks of a fetch that was killed; nobody else is at work here.
find . -name '*.lock' ! -name freehold.lock -delete
git "$@" fetch --quiet --prune --force --no-tags --no-write-fetch-head "$url" '+refs/heads/*:refs/heads/*' >&2
test -n "$(git for-each-ref --count=1 refs/heads)" || exit 4
if test -z "$branch"; then branch=$(git "$@" ls-remote --symref "$url" HEAD | sed -n 's,^ref: refs/heads/\\(.*\\)\\tHEAD$,\\1,p'); fi
test -n "$branch" || exit 3
commit=$(git rev-parse --verify --quiet "refs/heads/$branch^{commit}") || exit 3
git update-ref "refs/freehold/$job/base" "$commit"
printf '%s\\n%s\\n' "$branch" "$commit"`);

const checkoutScript = scripted(`url=$1 branch=$2 new=$3 job=$4
cd /workspace
git init --quiet --initial-branch="$new" . >&2
rm -f .git/*.lock
git fetch --quiet --no-tags --force /mirror "+refs/freehold/$job/base:refs/remotes/origin/$branch" >&2
git remote get-url origin >/dev/null 2>&1 || git remote add origin "$url"
git checkout --quiet --force -B "$new" --no-track "refs/remotes/origin/$branch" >&2`);

const diffScript = `set -euo pipefail
base=$1 limit=$2
${carefulGit}
cd /workspace
# An index and objects of its own: nothing of the job's is touched, which may be at work.
export GIT_OPTIONAL_LOCKS=0 GIT_INDEX_FILE=/tmp/freehold-index GIT_OBJECT_DIRECTORY=/tmp/freehold-objects GIT_ALTERNATE_OBJECT_DIRECTORIES=/workspace/.git/objects
mkdir -p /tmp/freehold-objects
g read-tree HEAD 2>/dev/null || g read-tree "$base"
g add --all --ignore-errors . >&2 || true
d() { g diff --cached --no-ext-diff --no-textconv --no-color --find-renames "$@" "$base"; }
d --numstat -z | base64 --wrap=0; echo
d --name-status -z | base64 --wrap=0; echo
{ d --patch || true; } | head --bytes="$limit" | base64 --wrap=0; echo`;

const commitScript = scripted(`title=$1 note=$2
${carefulGit}
cd /workspace
rm -f .git/index.lock .git/HEAD.lock
g add --all --ignore-errors . >&2 || true
g diff --cached --quiet HEAD || g commit --quiet --no-verify --message "$title" --message "$note" >&2
g rev-parse HEAD`);

const collectScript = scripted(`job=$1 base=$2
${lockMirror}
git fetch --quiet --no-tags --no-write-fetch-head --force /workspace "+HEAD:refs/freehold/$job/work" >&2
git rev-parse "refs/freehold/$job/work"
git rev-list --count "$base..refs/freehold/$job/work"`);

const pushScript = scripted(`url=$1 new=$2 job=$3; shift 3
cd /mirror
git "$@" push --quiet "$url" "refs/freehold/$job/work:refs/heads/$new" >&2`);

const bash = (script: string, ...argv: string[]) => ["bash", "-c", script, "git", ...argv];

/** Asks for nothing, gives up on a line that says nothing, and hands the token to that origin alone, whatever redirects there are. */
function remoteOptions({ credential }: RemoteAccess): string[] {
  const options = ["http.lowSpeedLimit=1000", "http.lowSpeedTime=60", "gc.autoDetach=false", "maintenance.autoDetach=false", "credential.helper="];
  const helper = 'if test "$1" = get; then printf "username=%s\\npassword=%s\\n" "$GIT_REMOTE_USERNAME" "$GIT_REMOTE_TOKEN"; fi';
  if (credential !== null) options.push(`credential.${credential.origin}.helper=!f() { ${helper}; }; f`);
  return options.flatMap((option) => ["-c", option]);
}

/** The token is in the environment of that one container, and in no argument, file or configuration. */
const remoteEnv = ({ credential }: RemoteAccess) => ({
  GIT_TERMINAL_PROMPT: "0",
  GIT_ALLOW_PROTOCOL: "http:https",
  ...(credential === null ? {} : { GIT_REMOTE_USERNAME: credential.username, GIT_REMOTE_TOKEN: credential.token }),
});
const localEnv = { GIT_TERMINAL_PROMPT: "0", GIT_ALLOW_PROTOCOL: "file" };

/** Brings the mirror up to date. Shape: prints branch and commit; exits 3 without such a branch, 4 when the repository is empty. */
export const fetchTask = (access: RemoteAccess, { branch, jobId }: { branch: string | null; jobId: string }): GitTask => ({
  argv: bash(fetchScript, access.url, branch ?? "", jobId, ...remoteOptions(access)),
  env: remoteEnv(access),
  workspace: "none",
  mirror: "read-write",
  network: true,
  timeoutMs: 30 * minute,
});

/** Puts the branch that the job shall work on into its workspace; it has all that it needs of the mirror, and may be repeated. */
export const checkoutTask = ({ url, branch, newBranch, jobId }: { url: string; branch: string; newBranch: string; jobId: string }): GitTask => ({
  argv: bash(checkoutScript, url, branch, newBranch, jobId),
  env: localEnv,
  workspace: "read-write",
  mirror: "read-only",
  network: false,
  timeoutMs: 15 * minute,
});

/** Shape: prints numstat, name-status and the patch up to a size, each as a line of base64. Units: bytes. */
export const diffTask = ({ base, patchBytes }: { base: string; patchBytes: number }): GitTask => ({
  argv: bash(diffScript, base, String(patchBytes)),
  env: localEnv,
  workspace: "read-only",
  mirror: "none",
  network: false,
  timeoutMs: 2 * minute,
});

/** Commits what the job has left uncommitted. */
export const commitTask = ({ title, note }: { title: string; note: string }): GitTask => ({
  argv: bash(commitScript, title, note),
  env: localEnv,
  workspace: "read-write",
  mirror: "none",
  network: false,
  timeoutMs: 5 * minute,
});

/** Takes the job's commits into the mirror, as data. Shape: prints the commit and how many there are since the base. */
export const collectTask = ({ jobId, base }: { jobId: string; base: string }): GitTask => ({
  argv: bash(collectScript, jobId, base),
  env: localEnv,
  workspace: "read-only",
  mirror: "read-write",
  network: false,
  timeoutMs: 20 * minute,
});

export const pushTask = (access: RemoteAccess, { newBranch, jobId }: { newBranch: string; jobId: string }): GitTask => ({
  argv: bash(pushScript, access.url, newBranch, jobId, ...remoteOptions(access)),
  env: remoteEnv(access),
  workspace: "none",
  mirror: "read-only",
  network: true,
  timeoutMs: 20 * minute,
});
