import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModel } from "../export/export-model.js";
import { loadModel } from "./load-model.js";
import { blobImage, makeCard, randomNetwork } from "./testing/random-network.js";

const python = process.env.HERMES_PYTHON ?? "/usr/bin/python3";

const script = `
import json, os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import numpy as np
folder, height, width, channels = sys.argv[1], *map(int, sys.argv[2:5])
image = np.fromfile(folder + "/image.raw", np.uint8).reshape(height, width, channels)
path = folder + "/model.onnx"
try:
    import onnxruntime
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    metadata = session.get_modelmeta().custom_metadata_map
    run = lambda: session.run(names, {"image": image})
except ImportError:
    import onnx
    from onnx.reference import ReferenceEvaluator
    model = onnx.load(path)
    evaluator = ReferenceEvaluator(model)
    names = [output.name for output in model.graph.output]
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    run = lambda: evaluator.run(names, {"image": image})
results = {name: np.asarray(value).ravel().tolist() for name, value in zip(names, run())}
print(json.dumps({"results": results, "classes": json.loads(metadata["hermes.classes"])}))
`;

/** Which package of Python can run the file, if any. */
const runner = spawnSync(python, [
  "-c",
  "import numpy\ntry:\n    import onnxruntime\nexcept ImportError:\n    import onnx.reference",
]);
const canRun = runner.status === 0;
const skipped = canRun
  ? ""
  : ` [skipped: neither onnxruntime nor onnx.reference in ${python}; HERMES_PYTHON names another]`;

describe.skipIf(!canRun)(`a model file in Python${skipped}`, () => {
  const bytes = exportModel({ ...randomNetwork(64), card: makeCard(64, "letterbox") });
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hermes-python-"));
    await writeFile(join(folder, "model.onnx"), bytes);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    [150, 110, 3],
    [31, 60, 1],
  ] as const)("gives for %d x %d pixels what Node gives", async (widthPx, heightPx, channels) => {
    const image = blobImage(widthPx, heightPx, channels, 3);
    await writeFile(join(folder, "image.raw"), image.data);
    const sizes = [heightPx, widthPx, channels].map(String);
    const { stdout, stderr } = spawnSync(python, ["-c", script, folder, ...sizes], {
      encoding: "utf8",
      maxBuffer: 1e8,
    });
    expect(stderr).toBe("");
    const { results, classes } = JSON.parse(stdout);
    await using model = await loadModel(bytes);
    const wanted = await model.predict(image);
    expect(classes).toEqual([...wanted.classProbs.keys()]);
    const equal = wanted.mask.filter((value, i) => value === results.mask[i]).length;
    expect(equal / wanted.mask.length).toBeGreaterThanOrEqual(0.999);
    expect(Math.abs(results.classProbs[1] - wanted.classProbs.get("malignant")!)).toBeLessThan(1e-3);
    expect(results.maskConfidence[0]).toBeCloseTo(wanted.maskConfidence, 3);
    const largest = Math.max(
      ...wanted.maps.saliency!.map((value, i) => Math.abs(value - results.saliency[i])),
    );
    expect(largest).toBeLessThan(0.02);
  });
});
