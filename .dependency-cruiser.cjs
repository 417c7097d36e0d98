/** Layers and who may import whom; see docs/decisions/0001-workspace.md. */
const H = "^packages/hermes/src";
const only = (name, from, to, pathNot) => ({
  name,
  severity: "error",
  from: { path: from, pathNot: "\\.test(-d)?\\.ts$|/testing/" },
  to: { path: to, ...(pathNot === undefined ? {} : { pathNot }) },
});

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    only("tensor-alone", "^packages/tensor/src", "^packages/(hermes|cli)|^bench"),
    {
      name: "runtime-in-engines-only",
      severity: "error",
      from: { path: "^packages", pathNot: "^packages/tensor/src/engines/|\\.test\\.ts$|/testing/" },
      to: { path: "onnxruntime-(node|web)" },
    },
    only("hermes-below-cli", "^packages/hermes/src", "^packages/cli|^bench"),
    only("core-without-node", `${H}/(?!node/)`, `${H}/node/`),
    only("losses-alone", `${H}/losses/`, `${H}/(?!losses/|pseudo/keep-mask)`),
    only("pseudo-alone", `${H}/pseudo/`, `${H}/(?!pseudo/)`),
    only("metrics-alone", `${H}/metrics/`, `${H}/(?!metrics/|errors|random)`),
    only("stats-alone", `${H}/stats/`, `${H}/(?!stats/|errors|random)`),
    only("data-alone", `${H}/data/`, `${H}/(?!data/|errors|random)`),
    only("nn-alone", `${H}/nn/`, `${H}/(?!nn/|errors)`),
    only("models-on-nn", `${H}/models/`, `${H}/(?!models/|nn/|errors)`),
    only("methods-on-losses", `${H}/methods/`, `${H}/(?!methods/|losses/|pseudo/|nn/|errors)`),
    only(
      "evaluate-without-train",
      `${H}/(evaluate|export)/`,
      `${H}/train/(?!plan|events|settings|training-program|validation)`,
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    exclude: { path: "/dist/|\\.generated\\." },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["source", "import", "types", "default"],
    },
  },
};
