// Who may import whom; the reasons are in the README, under "How the code is laid out".
const services = ["gateway", "bridge", "model", "worker", "manager", "console", "backup"];
const forbid = (name, from, to, comment) => ({ name, severity: "error", comment, from, to });

export default {
  forbidden: [
    forbid("no-cycles", {}, { circular: true }, "A cycle hides which part stands on which."),
    forbid(
      "kernel-stands-alone",
      { path: "^runtime/kernel/src", pathNot: "\\.test\\.ts$" },
      { path: "^(infra|policies|tests|runtime/(?!kernel))" },
      "The kernel knows none of ours.",
    ),
    ...services.map((name) =>
      forbid(
        `${name}-keeps-to-itself`,
        { path: `^runtime/${name}/`, pathNot: "(\\.test\\.tsx?|/testing/[a-z-]+\\.ts)$" },
        { path: `^(infra|policies|tests|runtime/(?!(kernel|${name})/))` },
        "Services meet over HTTP or PostgreSQL, never by import.",
      ),
    ),
    forbid(
      "infra-reads-settings-only",
      { path: "^infra/" },
      { path: "^runtime/.*", pathNot: "^runtime/([a-z]+/src/config|kernel/src/errors|kernel/src/(schedules|api)/[a-z-]+)\\.ts$" },
      "The program knows services by their settings and by what their APIs say, and reads schedules as the worker does.",
    ),
    forbid(
      "schedules-are-pure",
      { path: "^runtime/kernel/src/schedules/", pathNot: "\\.test\\.ts$" },
      { path: ".*", pathNot: "^(runtime/kernel/src/schedules/[a-z-]+|runtime/kernel/src/errors)\\.ts$|^(node:)?util$" },
      "What a schedule means depends on its text and on nothing else, here and in the worker.",
    ),
    forbid(
      "api-shapes-stand-alone",
      { path: "^runtime/kernel/src/api/" },
      { path: ".*", pathNot: "^runtime/kernel/src/api/" },
      "They are read in a browser and on the command line, too.",
    ),
    forbid(
      "infra-reads-limits-only",
      { path: "^infra/" },
      { path: "^policies/", pathNot: "^policies/(limits|config)\\.ts$" },
      "The program reads the limits and tells the pack about the home; it doesn't read the rules.",
    ),
    forbid(
      "policies-stand-alone",
      { path: "^policies/", pathNot: "\\.test\\.ts$" },
      { path: "^(infra|runtime|tests)/" },
      "Policies judge the program; they must not share its mistakes.",
    ),
    forbid(
      "only-main-reads-the-environment",
      { path: "^runtime/[a-z]+/src/(?!main\\.ts|restore\\.ts|.*\\.test\\.ts)" },
      { path: "/main\\.ts$" },
      "main.ts is where a service starts; nothing imports it.",
    ),
    forbid(
      "bench-starts-programs",
      { path: "^bench/", pathNot: "\\.test\\.ts$" },
      { path: "^runtime/" },
      "What is measured runs as a program of its own, as in a home; importing it would measure something else.",
    ),
    // The S3 emulator is installed in its image alone.
    forbid("no-unresolved", {}, { couldNotResolve: true, pathNot: "^@20minutes/s3rver" }, "An import that leads nowhere."),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(node_modules|dist)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"], extensions: [".ts", ".tsx", ".js", ".mjs"] },
  },
};
