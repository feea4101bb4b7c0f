import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { systemCodeOf } from "@freehold/kernel/errors";
import { fault } from "../errors.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/**
 * Opens a path that lies inside the workspace after all symlinks are resolved. The job can exchange any part of the path between that
 * look and the opening, so the resolved path is then walked from descriptor to descriptor, and a symlink met on the way is refused.
 */
export async function openInside(workspace: string, path: string, flags: number): Promise<FileHandle> {
  if (path.includes("\0")) throw fault("file.unknown", "A path holds no NUL character.");
  try {
    const root = await realpath(workspace);
    const inside = relative(root, await realpath(join(root, `.${sep}${path}`)));
    if (inside.split(sep)[0] === "..") throw fault("file.outside", `${path} leads out of the workspace.`);
    return await walk(root, inside === "" ? [] : inside.split(sep), flags);
  } catch (thrown) {
    throw translated(thrown, path);
  }
}

async function walk(root: string, names: string[], flags: number): Promise<FileHandle> {
  let here = await open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  for (const [index, name] of names.entries()) {
    const last = index === names.length - 1;
    const next = await open(join(byDescriptor(here), name), O_RDONLY | O_NOFOLLOW | (last ? flags : O_DIRECTORY)).finally(() => here.close());
    here = next;
  }
  return here;
}

/** What `openat` would be: a path relative to an open directory, whatever its name is by now. Source: proc(5). */
export const byDescriptor = (directory: FileHandle) => `/proc/self/fd/${directory.fd}`;

export const clean = (path: string) => join("/", path).slice(1);

/** What the file system says, in the API's words. */
export function translated(thrown: unknown, path: string): unknown {
  const shown = clean(path) === "" ? "The workspace" : clean(path);
  switch (systemCodeOf(thrown)) {
    case "ENOENT":
    case "ENAMETOOLONG":
      return fault("file.unknown", `${shown} is not there.`, thrown);
    case "ENOTDIR":
      return fault("file.not-a-directory", `${shown} is not a directory.`, thrown);
    case "ELOOP":
      return fault("file.outside", `${shown} is reached by a symlink that was not followed.`, thrown);
    case "EACCES":
    case "EPERM":
    case "ENXIO":
    case "EROFS":
      return fault("file.unreadable", `${shown} can't be read or changed; the job may have changed its permissions.`, thrown);
    case "ENOSPC":
    case "EDQUOT":
      return fault("file.no-space", "The disk is full: delete what is not needed any more, or give the home a larger volume.", thrown);
    case "EEXIST":
    case "ENOTEMPTY":
    case "EISDIR":
      return fault("file.exists", `${shown} is there already.`, thrown);
    case "EINVAL":
      return fault("file.bad-path", `${shown} can't be moved into itself.`, thrown);
    default:
      return thrown;
  }
}
