import { type GraphBuilder, float32ToFloat16, type HostArray, onnxType, type Value } from "@hermes-us/tensor";
import type { Precision } from "../predict/model-card.js";

/** Smaller arrays (biases, norms) stay as they are: they weigh nothing and lose much. */
const SMALLEST_REDUCED = 256;
const INT8_LARGEST = 127;

/**
 * Puts weights into a graph, stored as asked and computed with in float32: the runtime widens them once when it loads
 * the file, so that it still sees constants and may choose its fastest kernels.
 */
export function storedWeights(g: GraphBuilder, { shape, data }: HostArray, precision: Precision): Value {
  if (!(data instanceof Float32Array)) throw new Error("weights are float32");
  const reduced = shape.length >= 2 && data.length >= SMALLEST_REDUCED ? precision : "float32";
  switch (reduced) {
    case "float32":
      return g.constant("float32", shape, data);
    case "float16":
      return widened(g, g.constant("float16", shape, float32ToFloat16(data)));
    case "int8": {
      const { steps, scales } = quantised(data, shape[0]!);
      const scaleShape = [shape[0]!, ...shape.slice(1).map(() => 1)];
      return g.node("Mul", [widened(g, g.constant("int8", shape, steps)), g.floats(scaleShape, scales)]);
    }
    default:
      return reduced satisfies never;
  }
}

function widened(g: GraphBuilder, value: Value): Value {
  return g.node("Cast", [value], { to: onnxType.float32 });
}

/** Symmetric, one scale per output channel (the first axis), as in Jacob et al. 2018, arXiv 1712.05877, section 3. */
function quantised(data: Float32Array, channels: number): { steps: Int8Array; scales: Float32Array } {
  const steps = new Int8Array(data.length);
  const scales = new Float32Array(channels);
  const length = data.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const row = data.subarray(channel * length, (channel + 1) * length);
    const scale = row.reduce((peak, weight) => Math.max(peak, Math.abs(weight)), 0) / INT8_LARGEST;
    scales[channel] = scale;
    for (const [i, weight] of row.entries())
      steps[channel * length + i] = scale === 0 ? 0 : Math.round(weight / scale);
  }
  return { steps, scales };
}
