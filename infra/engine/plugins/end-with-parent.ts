/**
 * A parent that was killed can't stop what it started: this process ends by itself once the pipe closes that is its standard input, as Pulumi's engine
 * gives one to each plugin. Unlike a look at the parent's id, that is also noticed by who was orphaned while it started.
 */
export function endWithParent(): void {
  process.stdin.once("close", () => process.exit(0)).resume();
}
