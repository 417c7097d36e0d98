import { type GraphBuilder, onnxType, type Value } from "@hermes-us/tensor";
import type { AspectRule } from "../data/prepared-image.js";

/** What the beginning of a model's graph hands to the rest of it. */
export interface ImagePrefix {
  /** [N, 1, S, S], grey, 0 to 1 */
  readonly image: Value;
  /** int64 [2]: height and width of the image as it came */
  readonly nativeSize: Value;
  /** int64 [2]: top and left of the image's content in the square; `null` where it fills it. */
  readonly contentStart: Value | null;
  /** int64 [2]: height and width of the content */
  readonly contentSize: Value;
}

/**
 * Of one channel, then of red, green and blue: ITU-R BT.601 as `toGrey` has it.
 */
const CHANNEL_WEIGHTS = [1, 0.299, 0.587, 0.114];
/**
 * One half, and half of the smallest step of a weighted sum of whole levels: what is rounded then never lies so near to
 * the next level that float32 could take it for that.
 */
const ROUNDING = 0.5005;

/** Antialiased linear resize of the two last axes: ONNX's equal of `resizePlane` with the kernel `linear`. */
export function emitResize(g: GraphBuilder, value: Value, size: Value): Value {
  return g.node("Resize", [value, null, null, size], {
    mode: "linear",
    antialias: 1,
    exclude_outside: 1,
    coordinate_transformation_mode: "half_pixel",
    axes: [2, 3],
  });
}

/**
 * The preparation of images in training (`toGrey`, `prepareImage`, division by 255) as a graph.
 * @param pixels uint8 [N, H, W, C] with C 1 or 3
 */
export function emitImagePrefix(
  g: GraphBuilder,
  pixels: Value,
  { batch, sidePx, aspect }: { readonly batch: number; readonly sidePx: number; readonly aspect: AspectRule },
): ImagePrefix {
  const nativeSize = g.node("Shape", [pixels], { start: 1, end: 3 });
  const grey = emitGrey(g, pixels);
  const content = emitContent(g, nativeSize, sidePx, aspect);
  const levels = emitRounded(g, emitResize(g, grey, content.size));
  const square = content.start === null ? levels : emitBars(g, levels, content.start, content.size, sidePx);
  const scaled = g.node("Div", [square, g.scalar(255)]);
  return {
    image: g.reshape(scaled, [batch, 1, sidePx, sidePx]),
    nativeSize,
    contentStart: content.start,
    contentSize: content.size,
  };
}

/** Half is rounded up, as `Math.round` does. */
function emitRounded(g: GraphBuilder, value: Value): Value {
  return g.node("Floor", [g.node("Add", [value, g.scalar(0.5)])]);
}

/** @returns [N, 1, H, W], whole numbers 0 to 255 */
function emitGrey(g: GraphBuilder, pixels: Value): Value {
  const channels = g.node("Shape", [pixels], { start: 3, end: 4 });
  const first = g.node("Div", [channels, g.ints([2])]);
  const weights = g.node("Slice", [
    g.floats([CHANNEL_WEIGHTS.length, 1], CHANNEL_WEIGHTS),
    first,
    g.node("Add", [first, channels]),
    g.ints([0]),
  ]);
  const levels = g.node("Cast", [pixels], { to: onnxType.float32 });
  const sum = g.node("MatMul", [levels, weights]);
  const grey = g.node("Floor", [g.node("Add", [sum, g.scalar(ROUNDING)])]);
  return g.node("Unsqueeze", [g.node("Squeeze", [grey, g.ints([3])]), g.ints([1])]);
}

function emitContent(
  g: GraphBuilder,
  nativeSize: Value,
  sidePx: number,
  aspect: AspectRule,
): { readonly start: Value | null; readonly size: Value } {
  switch (aspect) {
    case "stretch":
      return { start: null, size: g.ints([sidePx, sidePx]) };
    case "letterbox": {
      // max(1, round(extent * S / longer)) in whole numbers: floor((2 * extent * S + longer) / (2 * longer)).
      const longer = g.node("ReduceMax", [nativeSize, g.ints([0])], { keepdims: 1 });
      const doubled = g.node("Mul", [nativeSize, g.ints([2 * sidePx])]);
      const rounded = g.node("Div", [g.node("Add", [doubled, longer]), g.node("Mul", [longer, g.ints([2])])]);
      const size = g.node("Max", [rounded, g.ints([1])]);
      const start = g.node("Div", [g.node("Sub", [g.ints([sidePx]), size]), g.ints([2])]);
      return { start, size };
    }
    default:
      return aspect satisfies never;
  }
}

/** Sets the content into a black square. */
function emitBars(g: GraphBuilder, levels: Value, start: Value, size: Value, sidePx: number): Value {
  const end = g.node("Sub", [g.node("Sub", [g.ints([sidePx]), size]), start]);
  return g.node("Pad", [levels, g.node("Concat", [start, end], { axis: 0 }), g.scalar(0), g.ints([2, 3])]);
}
