/** Where a public set is fetched from. */
export interface FetchSource {
  readonly title: string;
  /** The archive itself. */
  readonly url: string;
  /** The page that offers it, for people, and for the day the address changes. */
  readonly page: string;
  /** Name of the archive on disk. */
  readonly fileName: string;
  readonly terms: string;
}

/**
 * The official hosts. None of them publishes a SHA-256 that could be written down here, so the first fetch records
 * the one it found, and later ones are held to it.
 */
export const fetchSources = Object.freeze({
  "bus-bra": {
    title: "BUS-BRA, breast ultrasound images",
    url: "https://zenodo.org/records/8231412/files/BUSBRA.zip?download=1",
    page: "https://zenodo.org/records/8231412",
    fileName: "BUSBRA.zip",
    terms: "cite Gómez-Flores et al., Medical Physics 51(4), 2024; see LICENSE.txt in the archive",
  },
  busi: {
    title: "BUSI, breast ultrasound images",
    url: "https://scholar.cu.edu.eg/Dataset_BUSI.zip",
    page: "https://scholar.cu.edu.eg/?q=afahmy/pages/dataset",
    fileName: "Dataset_BUSI.zip",
    terms: "cite Al-Dhabyani et al., Data in Brief 28:104863, 2020",
  },
  // The page gives no stable address for the archive: this one is a guess, the page is in the error if it fails.
  ddti: {
    title: "DDTI, thyroid ultrasound images",
    url: "http://cimalab.intec.co/applications/thyroid/thyroid.zip",
    page: "http://cimalab.intec.co/applications/thyroid/",
    fileName: "thyroid.zip",
    terms: "open access without an explicit licence; cite Pedraza et al., SPIE 9287, 2015",
  },
} satisfies Record<string, FetchSource>);

export type FetchSourceName = keyof typeof fetchSources;

export function isFetchSourceName(name: string): name is FetchSourceName {
  return Object.hasOwn(fetchSources, name);
}
