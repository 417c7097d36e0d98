import { describe, expect, it } from "vitest";
import { clusterMeans, clustersOf } from "./clusters.js";

describe("clustersOf", () => {
  it("joins images of one group; an image without stands alone", () => {
    const clusters = clustersOf(["p1", null, "p2", "p1", null]);
    expect(clusters.count).toBe(4);
    expect([...clusters.clusterOf]).toEqual([0, 1, 2, 0, 3]);
  });
});

describe("clusterMeans", () => {
  it("gives one number per cluster", () => {
    expect(clusterMeans([1, 5, 7, 3], clustersOf(["p1", null, "p2", "p1"]))).toEqual([2, 5, 7]);
  });
});
