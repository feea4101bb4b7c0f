#!/usr/bin/env node
// Starts Freehold with whatever Node is at hand. Only old syntax here: an old Node must get as far as its refusal.
const major = Number(process.versions.node.split(".")[0]);

if (major < 18) {
  console.error("Freehold needs Node 18 or newer to start (it brings its own Node 24); this is Node " + process.versions.node + ".");
  console.error("  What to do: install a newer Node from https://nodejs.org or your system's packages, then run the command again.");
  process.exit(1);
} else {
  import("./setup/bootstrap.mjs")
    .then((bootstrap) => bootstrap.main(process.argv.slice(2)))
    .catch((error) => {
      console.error(error.cure ? "\n" + error.message + "\n  What to do: " + error.cure : error.stack);
      process.exit(1);
    });
}
