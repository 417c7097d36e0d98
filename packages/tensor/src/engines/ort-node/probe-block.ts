import * as ort from "onnxruntime-node";
import { GraphBuilder } from "../../onnx/graph-builder.js";

/**
 * Finds how many channels the CPU kernels put in a block (16 with AVX-512, 8 with AVX2), by looking at what they do to
 * two pixels of sixteen channels.
 * @returns 16 or 8, or 0 where this processor has no blocked kernels
 */
export async function probeBlock(): Promise<number> {
  const g = new GraphBuilder("cpu");
  const x = g.input("x", "float32", [1, 16, 1, 2]);
  g.output("y", g.node("ReorderInput", [x], {}, { domain: "com.microsoft.nchwc" }), "float32", [1, 16, 1, 2]);
  try {
    const session = await ort.InferenceSession.create(g.encode(), { logSeverityLevel: 4 });
    const ramp = Float32Array.from({ length: 32 }, (_, i) => i);
    const { y } = await session.run({ x: new ort.Tensor("float32", ramp, [1, 16, 1, 2]) });
    await session.release();
    // Pixel 0 of every channel in the block comes first, so the first odd value (pixel 1 of channel 0) ends it.
    const first = Array.from(y!.data as Float32Array).indexOf(1);
    return first === 8 || first === 16 ? first : 0;
  } catch {
    return 0;
  }
}
