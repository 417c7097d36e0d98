import { describe, expect, it } from "vitest";
import { keySchedule, threefryBlocks } from "./threefry.js";

/** Lines `threefry4x32 20` of tests/kat_vectors in Random123 1.14: counter, key, wanted. */
const KNOWN_ANSWERS = [
  [
    "00000000 00000000 00000000 00000000",
    "00000000 00000000 00000000 00000000",
    "9c6ca96a e17eae66 fc10ecd4 5256a7d8",
  ],
  [
    "ffffffff ffffffff ffffffff ffffffff",
    "ffffffff ffffffff ffffffff ffffffff",
    "2a881696 57012287 f6c7446e a16a6732",
  ],
  [
    "243f6a88 85a308d3 13198a2e 03707344",
    "a4093822 299f31d0 082efa98 ec4e6c89",
    "59cd1dbb b8879579 86b5d00c ac8b6d84",
  ],
] as const;

const wordsOf = (hex: string) => hex.split(" ").map((word) => Number.parseInt(word, 16));

describe("threefryBlocks", () => {
  it.each(KNOWN_ANSWERS)("encrypts counter %s with key %s as Random123 does", (counter, key, wanted) => {
    const [c0, c1, c2, c3] = wordsOf(counter) as [number, number, number, number];
    const out = new Uint32Array(4);
    threefryBlocks(keySchedule(wordsOf(key)), c0, c1, c2, c3, out);
    expect([...out].map((word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(wanted);
  });

  it("makes many blocks as it makes each alone", () => {
    const schedule = keySchedule([1, 2, 3, 4]);
    const together = new Uint32Array(40);
    threefryBlocks(schedule, 100, 7, 0, 3, together);
    for (let block = 0; block < 10; block++) {
      const alone = new Uint32Array(4);
      threefryBlocks(schedule, 100 + block, 7, 0, 3, alone);
      expect(together.slice(4 * block, 4 * block + 4)).toEqual(alone);
    }
  });
});
