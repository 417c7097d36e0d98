import type { MaskFault } from "../raster.js";
import { findComponents } from "./components.js";
import { type Finding, type FindingCode, finding } from "./finding.js";
import { measureMaskPosition } from "./mask-position.js";

/** The outline of one image and what is known about its files. */
export interface MaskFacts {
  readonly id: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** United mask at the size of the image, [H, W], 0 or 1. */
  readonly data: Uint8Array;
  readonly faults: readonly MaskFault[];
  /** Files with an alpha channel. */
  readonly filesWithAlpha: readonly string[];
  /** Whether the image's class is one whose images show a lesion. */
  readonly lesion: "expected" | "not-expected" | "unknown";
}

const CODE_OF_FAULT: { readonly [K in MaskFault["kind"]]: FindingCode } = {
  lossy: "mask-lossy",
  "grey-levels": "mask-values",
  "low-foreground": "mask-values",
  "from-alpha": "mask-alpha",
  size: "mask-size",
};
const LARGE_SHARE = 0.75;
/** Parts up to this area, or this share of the largest part, are specks. */
const SPECK_AREA_PX = 6;
const SPECK_SHARE = 0.004;
/**
 * An outline is called misplaced if its contrast is below the first, 3 here - elsewhere below the second and here -
 * elsewhere below the third. Set on phantoms so that about one clean mask in 300 is, and most moved masks are; faint
 * lesions stay in doubt, and so do those that the edge of the image cuts.
 */
const LOWEST_GOOD_CONTRAST = 0.5;
const POSITION_LIMIT = 0.2;
const POSITION_MARGIN = -0.3;

/** @param grey of the image, [H, W] */
export function checkMask(mask: MaskFacts, grey: ArrayLike<number>): Finding[] {
  const found = new Map<FindingCode, string>();
  const isLossy = mask.faults.some(({ kind }) => kind === "lossy");
  for (const { kind, detail } of mask.faults) {
    if (kind === "grey-levels" && isLossy) continue;
    found.set(CODE_OF_FAULT[kind], detail);
  }
  if (mask.filesWithAlpha.length > 0)
    found.set("mask-alpha", `${mask.filesWithAlpha.join(", ")}: four channels`);
  const components = findComponents(mask.data, mask.widthPx);
  const areaPx = components.reduce((sum, part) => sum + part.areaPx, 0);
  if (areaPx === 0) {
    if (mask.lesion === "expected") found.set("mask-empty", "no pixel is marked");
  } else {
    if (mask.lesion === "not-expected") found.set("mask-on-normal", `${areaPx} pixels are marked`);
    const share = areaPx / mask.data.length;
    if (share > LARGE_SHARE) found.set("mask-large", `${Math.round(100 * share)} % of the image`);
    const specks = specksOf(components.map((part) => part.areaPx));
    if (specks > 0) found.set("mask-specks", `${specks} of ${components.length} parts are tiny`);
    const touching = components.some((part) => touchesEdge(part, mask));
    if (touching) found.set("mask-border", "the outline runs into the edge");
    const position = touching ? null : measureMaskPosition(grey, mask.data, mask);
    if (position !== null && isMisplaced(position)) {
      const { here, elsewhere } = position;
      found.set(
        "mask-misplaced",
        `contrast across the outline ${here.toFixed(1)}, elsewhere up to ${elsewhere.toFixed(1)}`,
      );
    }
  }
  return [...found].map(([code, message]) => finding(code, [mask.id], message));
}

function isMisplaced({ here, elsewhere }: { here: number; elsewhere: number }): boolean {
  return (
    here < LOWEST_GOOD_CONTRAST && 3 * here - elsewhere < POSITION_LIMIT && here - elsewhere < POSITION_MARGIN
  );
}

function specksOf(areasPx: readonly number[]): number {
  const limit = Math.max(SPECK_AREA_PX, SPECK_SHARE * Math.max(...areasPx));
  return areasPx.filter((area) => area <= limit).length;
}

function touchesEdge(
  part: { left: number; right: number; top: number; bottom: number },
  { widthPx, heightPx }: MaskFacts,
): boolean {
  return part.left === 0 || part.top === 0 || part.right === widthPx - 1 || part.bottom === heightPx - 1;
}
